package io.github.tcd4j.pipeline.internal.sampling;

import io.github.tcd4j.tensor.Tensor;

/**
 * A part of latents that a network sees at once, in latent elements.
 *
 * @param top first row
 * @param left first column
 */
public record Window(int top, int left, int height, int width) {
  /** This part of latents (B, C, h, w), in the same memory. */
  Tensor in(Tensor latents) {
    return latents.narrow(2, top, height).narrow(3, left, width);
  }

  /** The same part of pixels (B, C, H, W), as many to a latent element as {@code scale}. */
  public Tensor of(Tensor pixels, int scale) {
    return pixels
        .narrow(2, (long) top * scale, (long) height * scale)
        .narrow(3, (long) left * scale, (long) width * scale)
        .contiguous();
  }
}
