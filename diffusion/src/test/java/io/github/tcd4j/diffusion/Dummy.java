package io.github.tcd4j.diffusion;

import io.github.tcd4j.diffusion.schedule.PerSample;
import io.github.tcd4j.tensor.DType;
import io.github.tcd4j.tensor.Tensor;

/** The sample, noise and network of the schedulers' tests of diffusers, whose sums are known. */
public final class Dummy {
  private Dummy() {}

  /** 0 .. 767 over 768, shaped (3, 8, 8, 4), the last axis brought to the front. */
  public static Tensor sample() {
    return shaped(Tensor.arange(768));
  }

  /** The same counted down. */
  public static Tensor noise() {
    return shaped(Tensor.arange(768).flip(0));
  }

  private static Tensor shaped(Tensor counts) {
    return counts.to(DType.F32).div(768).reshape(3, 8, 8, 4).permute(3, 0, 1, 2);
  }

  /** A network that answers x t / (t + 1). */
  public static Denoiser network(Prediction.Kind kind) {
    return (x, t, s) -> new Prediction(kind, x.times(PerSample.map(t, u -> u / (u + 1))));
  }

  public static double sumOfMagnitudes(Tensor x) {
    double sum = 0;
    for (float v : x.toFloatArray()) {
      sum += Math.abs(v);
    }
    return sum;
  }
}
