package io.github.tcd4j.diffusion.objective;

import io.github.tcd4j.diffusion.Denoiser;
import io.github.tcd4j.diffusion.Prediction;
import io.github.tcd4j.diffusion.Prediction.Kind;
import io.github.tcd4j.diffusion.schedule.NoiseSchedule;
import io.github.tcd4j.diffusion.schedule.PerSample;
import io.github.tcd4j.tensor.DType;
import io.github.tcd4j.tensor.Functional;
import io.github.tcd4j.tensor.RandomSource;
import io.github.tcd4j.tensor.Tensor;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * A network for points of the plane that begins as {@code base}, and learns what to add to its x0:
 * two hidden layers of 64, told lambda of t and of s; the last layer begins at zero, like a LoRA.
 */
final class Mlp {
  private static final int WIDTH = 64;

  private final NoiseSchedule schedule;
  private final Denoiser base;
  private final Map<String, Tensor> weights = new LinkedHashMap<>();

  Mlp(Denoiser base, NoiseSchedule schedule, RandomSource random) {
    this.base = base;
    this.schedule = schedule;
    layer("in", random.normal(WIDTH, 6).div(2));
    layer("middle", random.normal(WIDTH, WIDTH).div(8));
    layer("out", Tensor.zeros(DType.F32, 2, WIDTH));
  }

  private void layer(String name, Tensor weight) {
    weights.put(name + ".weight", weight.requiresGrad_(true));
    weights.put(name + ".bias", Tensor.zeros(DType.F32, weight.size(0)).requiresGrad_(true));
  }

  Map<String, Tensor> parameters() {
    return weights;
  }

  Tensor lastLayer() {
    return at(weights, "out.weight");
  }

  Denoiser student() {
    return with(weights);
  }

  /** The network with other weights, such as its moving average. */
  Denoiser with(Map<String, Tensor> own) {
    return (x, t, s) -> {
      Tensor alpha = schedule.alpha(t);
      Tensor sigma = schedule.sigma(t);
      Tensor size = PerSample.map(t, u -> 1 / Math.hypot(schedule.alpha(u), schedule.sigma(u)));
      Tensor from = PerSample.map(t, u -> schedule.lambda(u) / 2);
      Tensor to = PerSample.map(s, u -> schedule.lambda(u) / 2);
      Tensor seen =
          Tensor.cat(1, x.times(size), from, to, from.times(2).cos(), from.times(2).sin());
      Tensor h = linear(own, "in", seen.reshape(-1, 6));
      h = linear(own, "middle", Functional.silu(h));
      Tensor added = linear(own, "out", Functional.silu(h)).reshape(x.shape());
      Tensor x0 = base.at(x, t, s).x0(x, alpha, sigma);
      return new Prediction(Kind.X0, x0.plus(added));
    };
  }

  private static Tensor linear(Map<String, Tensor> own, String name, Tensor x) {
    return Functional.linear(x, at(own, name + ".weight"), at(own, name + ".bias"));
  }

  private static Tensor at(Map<String, Tensor> own, String name) {
    Tensor weight = own.get(name);
    if (weight == null) {
      throw new IllegalArgumentException("no weight " + name + " among " + own.keySet());
    }
    return weight;
  }
}
