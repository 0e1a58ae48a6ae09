package io.github.tcd4j.diffusion.sampler.consistency;

import io.github.tcd4j.diffusion.Denoiser;
import io.github.tcd4j.diffusion.Prediction;
import io.github.tcd4j.diffusion.TrajectoryFunction;
import io.github.tcd4j.diffusion.sampler.Gamma;
import io.github.tcd4j.diffusion.sampler.NoiseSource;
import io.github.tcd4j.diffusion.sampler.SamplingLoop;
import io.github.tcd4j.diffusion.sampler.StepHook;
import io.github.tcd4j.diffusion.schedule.Grid;
import io.github.tcd4j.diffusion.schedule.Node;
import io.github.tcd4j.diffusion.schedule.NoiseSchedule;
import io.github.tcd4j.tensor.Tensor;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What all gamma-samplers share (paper, algorithm 4, eq. 34 and 35): from t to the next node s they
 * denoise to an s' between 0 and s, and diffuse from there to s. They differ in where s' lies and
 * in how they get there.
 *
 * <pre>  x_s = (alpha_s / alpha_s') x_s' + sqrt(1 - alpha_s^2 / alpha_s'^2) z</pre>
 */
final class StochasticSampling {
  private StochasticSampling() {}

  /** Where s' lies. */
  @FunctionalInterface
  interface Landing {
    Node of(Node s, double gamma);
  }

  /** How to get from the step's node to s', scaled; the result stands there. */
  @FunctionalInterface
  interface Descent {
    SamplingLoop.StepResult to(SamplingLoop.StepContext leg, Node between);
  }

  static Tensor along(
      Grid grid,
      Tensor latents,
      NoiseSource noise,
      StepHook hook,
      Gamma gamma,
      Landing landing,
      Descent descent) {
    return SamplingLoop.along(
        grid,
        latents,
        hook,
        leg -> {
          Node s = leg.next();
          double g = gamma.at(leg.index(), grid.steps());
          if (g == 0 || leg.last()) {
            return descent.to(leg, s);
          }
          Node between = landing.of(s, g);
          double kept = s.alpha() / between.alpha();
          // A descent is linear in where it ends, so the scale goes into its own weights.
          SamplingLoop.StepResult denoised = descent.to(leg, between.scaled(kept));
          Tensor x = noise.add(denoised.x(), Math.sqrt(1 - kept * kept));
          return new SamplingLoop.StepResult(x, denoised.x0(), denoised.estimate());
        });
  }

  /** Down the trajectory by the function that the network was trained for. */
  static Descent by(TrajectoryFunction function, Denoiser d, NoiseSchedule schedule) {
    return (leg, between) -> {
      Watched watched = new Watched(d, leg.node());
      Tensor x = function.jump(watched, leg.x(), leg.node(), between, schedule);
      return new SamplingLoop.StepResult(x, watched::x0);
    };
  }

  /** Remembers what the network first said, for the hook that wants to know its x0. */
  private static final class Watched implements Denoiser {
    private final Denoiser network;
    private final Node node;
    private @Nullable Prediction first;
    private @Nullable Tensor input;

    Watched(Denoiser network, Node node) {
      this.network = network;
      this.node = node;
    }

    @Override
    public Prediction at(Tensor x, Tensor t, Tensor s) {
      Prediction p = network.at(x, t, s);
      if (first == null) {
        first = p;
        input = x;
      }
      return p;
    }

    Tensor x0() {
      String unasked = "the trajectory function did not ask the network";
      return Objects.requireNonNull(first, unasked).x0(Objects.requireNonNull(input), node);
    }
  }
}
