package io.github.tcd4j.diffusion;

import io.github.tcd4j.tensor.Tensor;

/** A network under classifier-free guidance, with a strength for each row: the teacher. */
@FunctionalInterface
public interface GuidedDenoiser {
  /**
   * @param x noisy latents (B, C, H, W)
   * @param t their times (B), float32
   * @param w guidance (B), the guidance scale minus 1: 0 is the plain conditional answer
   */
  Prediction at(Tensor x, Tensor t, Tensor w);

  /** This network with its guidance fixed to {@code w} (B). */
  default Denoiser with(Tensor w) {
    return (x, t, s) -> at(x, t, w);
  }
}
