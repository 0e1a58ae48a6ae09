package io.github.tcd4j.evaluation.metric;

import io.github.tcd4j.files.Tcd4jException;
import io.github.tcd4j.tensor.DType;
import io.github.tcd4j.tensor.Scope;
import io.github.tcd4j.tensor.Tensor;
import java.util.Arrays;

/**
 * Mean (P) and covariance (P, P) of {@code count} rows of features, float64; the covariance is the
 * unbiased one, divided by count - 1. The tensors belong to the scope in which they were made.
 */
public record Moments(Tensor mean, Tensor covariance, long count) {
  /** Of features (N, P) of any floating type, N at least 2. */
  public static Moments of(Tensor features) {
    int[] once = new int[rows(features)];
    Arrays.fill(once, 1);
    return of(features, once);
  }

  /** Of features (N, P) in which row i counts {@code counts[i]} times. */
  public static Moments of(Tensor features, int[] counts) {
    int rows = rows(features);
    if (counts.length != rows) {
      throw new IllegalArgumentException(
          "there must be a count for each of " + rows + " rows but there were " + counts.length);
    }
    long n = Arrays.stream(counts).asLongStream().sum();
    if (n < 2) {
      throw new IllegalArgumentException(
          "moments need at least 2 rows of features but there were " + n);
    }
    try (Scope scope = Scope.inference()) {
      double[] doubles = Arrays.stream(counts).asDoubleStream().toArray();
      Tensor weights = Tensor.of(doubles, rows, 1);
      Tensor x = features.to(DType.F64);
      Tensor mean = x.times(weights).sum(false, 0).div(n);
      Tensor centred = x.minus(mean);
      Tensor covariance = centred.times(weights).transpose(0, 1).matmul(centred).div(n - 1);
      return new Moments(scope.keep(mean), scope.keep(covariance), n);
    }
  }

  /** Number of features, P. */
  public long width() {
    return mean.size(0);
  }

  /** The number of rows of a matrix of finite features. */
  static int rows(Tensor features) {
    if (features.dim() != 2) {
      throw new IllegalArgumentException("features must be (N, P) but were " + features);
    }
    if (!features.isFinite()) {
      throw new Tcd4jException(
          "features " + features + " hold NaN or infinite values; look at the pictures first");
    }
    return Math.toIntExact(features.size(0));
  }
}
