package io.github.tcd4j.models.layers;

import io.github.tcd4j.tensor.Functional;
import io.github.tcd4j.tensor.Tensor;

/** Group normalisation over (B, C, ...), scale and shift per channel. */
public record GroupNorm(String path, int groups, Tensor weight, Tensor bias, double eps) {
  public static GroupNorm of(Weights w, int groups, long channels, double eps) {
    return new GroupNorm(
        w.path(),
        groups,
        w.get("weight", Init.ONES, channels),
        w.get("bias", Init.ZEROS, channels),
        eps);
  }

  public Tensor forward(Tensor x) {
    return forward(x, Adapters.NONE);
  }

  /** x to the same shape. */
  public Tensor forward(Tensor x, Adapters adapters) {
    Tensor scale = adapters.weight(path, weight);
    return Functional.groupNorm(x, groups, scale, adapters.bias(path, bias), eps);
  }
}
