package io.github.tcd4j.diffusion;

import io.github.tcd4j.tensor.Tensor;

/** A network's prediction for noisy latents, in VP coordinates. */
@FunctionalInterface
public interface Denoiser {
  /**
   * @param x noisy latents (B, C, H, W)
   * @param t their times (B), float32
   * @param s the times to be reached (B), float32; plain networks do not use it
   */
  Prediction at(Tensor x, Tensor t, Tensor s);

  /**
   * This network told the guidance it is to imitate. Only a network with an embedding of w hears
   * it; any other is distilled into the mean guidance of its training.
   *
   * @param w guidance (B), the guidance scale minus 1
   */
  default Denoiser withGuidance(Tensor w) {
    return this;
  }
}
