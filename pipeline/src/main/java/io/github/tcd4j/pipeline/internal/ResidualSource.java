package io.github.tcd4j.pipeline.internal;

import io.github.tcd4j.models.unet.AdditionalResiduals;
import io.github.tcd4j.tensor.Tensor;

/** Networks that add to a U-Net's features, bound to their hints. */
@FunctionalInterface
public interface ResidualSource {
  /** Nothing is added. */
  ResidualSource NONE = (x, t) -> AdditionalResiduals.NONE;

  /**
   * What is added in one evaluation of the U-Net.
   *
   * @param x (R, C, h, w) as the U-Net gets it
   * @param t (R) network times
   */
  AdditionalResiduals at(Tensor x, Tensor t);

  /**
   * Says which window of the latents comes next, where a network sees them window by window; the
   * first comes at the beginning of an evaluation.
   */
  default void lookAt(int window) {}
}
