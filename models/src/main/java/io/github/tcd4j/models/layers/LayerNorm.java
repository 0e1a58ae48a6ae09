package io.github.tcd4j.models.layers;

import io.github.tcd4j.tensor.Functional;
import io.github.tcd4j.tensor.Tensor;

/** Layer normalisation over the last dimension, scale and shift per channel. */
public record LayerNorm(String path, Tensor weight, Tensor bias, double eps) {
  public static LayerNorm of(Weights w, long channels, double eps) {
    return new LayerNorm(
        w.path(), w.get("weight", Init.ONES, channels), w.get("bias", Init.ZEROS, channels), eps);
  }

  public Tensor forward(Tensor x) {
    return forward(x, Adapters.NONE);
  }

  /** x to the same shape. */
  public Tensor forward(Tensor x, Adapters adapters) {
    Tensor scale = adapters.weight(path, weight);
    return Functional.layerNorm(x, scale, adapters.bias(path, bias), eps);
  }
}
