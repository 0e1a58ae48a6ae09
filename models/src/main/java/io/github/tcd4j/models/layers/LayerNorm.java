package io.github.tcd4j.models.layers;

import io.github.tcd4j.tensor.Functional;
import io.github.tcd4j.tensor.Tensor;

/** Layer normalisation over the last dimension, scale and shift per channel. */
public record LayerNorm(Tensor weight, Tensor bias, double eps) {
  public static LayerNorm of(Weights w, long channels, double eps) {
    return new LayerNorm(
        w.get("weight", Init.ONES, channels), w.get("bias", Init.ZEROS, channels), eps);
  }

  public Tensor forward(Tensor x) {
    return Functional.layerNorm(x, weight, bias, eps);
  }
}
