package io.github.tcd4j.models.layers;

import io.github.tcd4j.tensor.Functional;
import io.github.tcd4j.tensor.Tensor;

/** Group normalisation over (B, C, ...), scale and shift per channel. */
public record GroupNorm(int groups, Tensor weight, Tensor bias, double eps) {
  public static GroupNorm of(Weights w, int groups, long channels, double eps) {
    return new GroupNorm(
        groups, w.get("weight", Init.ONES, channels), w.get("bias", Init.ZEROS, channels), eps);
  }

  public Tensor forward(Tensor x) {
    return Functional.groupNorm(x, groups, weight, bias, eps);
  }
}
