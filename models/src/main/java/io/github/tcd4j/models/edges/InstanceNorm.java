package io.github.tcd4j.models.edges;

import io.github.tcd4j.tensor.DType;
import io.github.tcd4j.tensor.Functional;
import io.github.tcd4j.tensor.Scope;
import io.github.tcd4j.tensor.Tensor;

/** Each channel of each picture to mean 0 and variance 1, without parameters. */
final class InstanceNorm {
  private static final double EPS = 1e-5;

  private InstanceNorm() {}

  /** x (B, C, h, w) to the same shape. */
  static Tensor of(Tensor x) {
    return Scope.result(
        () -> {
          long channels = x.size(1);
          Tensor one = Tensor.ones(DType.F32, channels).to(x.device());
          Tensor none = Tensor.zeros(DType.F32, channels).to(x.device());
          // With channels last libtorch sums all pixels one by one, which loses digits.
          return Functional.groupNorm(x.contiguous(), Math.toIntExact(channels), one, none, EPS);
        });
  }
}
