package io.github.tcd4j.diffusion;

import io.github.tcd4j.tensor.Tensor;

/** A network under classifier-free guidance, with a strength for each row: the teacher. */
@FunctionalInterface
public interface GuidedDenoiser {
  /**
   * @param x noisy latents (B, C, H, W)
   * @param t their times (B), float32
   * @param w guidance (B), the guidance scale minus 1: 0 is the plain conditional output
   */
  Prediction at(Tensor x, Tensor t, Tensor w);

  /** A teacher without guidance: it refuses any w but 0. */
  static GuidedDenoiser unguided(Denoiser d) {
    return (x, t, w) -> {
      for (double value : w.toDoubleArray()) {
        if (value != 0) {
          throw new IllegalArgumentException(
              "this teacher has no guidance, so w must be 0 but was "
                  + value
                  + "; set the guidance scale to 1 or give it a pair of rows");
        }
      }
      return d.at(x, t, t);
    };
  }

  /** This network with its guidance fixed to {@code w} (B). */
  default Denoiser with(Tensor w) {
    return (x, t, s) -> at(x, t, w);
  }
}
