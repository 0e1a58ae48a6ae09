package io.github.tcd4j.evaluation.metric;

import io.github.tcd4j.tensor.LinearAlgebra;
import io.github.tcd4j.tensor.LinearAlgebra.Eigen;
import io.github.tcd4j.tensor.Scope;
import io.github.tcd4j.tensor.Tensor;

/**
 * The squared Fréchet distance between two Gaussians, the F in FID (Heusel et al. 2017): |m1 -
 * m2|^2 + Tr(C1 + C2 - 2 (C1 C2)^1/2).
 *
 * <p>The trace of (C1 C2)^1/2 is that of the symmetric S C2 S with S = C1^1/2, whose eigenvalues
 * are real and not negative, so that fewer pictures than features need no correction. Like every
 * FID it falls with the number of pictures: compare figures of equal count only.
 */
public final class FrechetDistance {
  private final Moments reference;
  private final Tensor root;

  private FrechetDistance(Moments reference, Tensor root) {
    this.reference = reference;
    this.root = root;
  }

  /** The distance to a fixed reference; belongs to the scope in which it is made. */
  public static FrechetDistance to(Moments reference) {
    try (Scope scope = Scope.inference()) {
      Eigen e = LinearAlgebra.eigh(reference.covariance());
      Tensor roots = nonNegative(e.values()).sqrt();
      Tensor root = e.vectors().times(roots).matmul(e.vectors().transpose(0, 1));
      return new FrechetDistance(reference, scope.keep(root));
    }
  }

  /** Between two sets of features (N, P) and (M, P). */
  public static double between(Tensor x, Tensor y) {
    try (Scope scope = Scope.inference()) {
      return to(Moments.of(y)).from(Moments.of(x));
    }
  }

  /** The distance of a sample; at least 0. */
  public double from(Moments sample) {
    if (sample.width() != reference.width()) {
      throw new IllegalArgumentException(
          "the sample has "
              + (sample.width() + " features but the reference has " + reference.width()));
    }
    try (Scope scope = Scope.inference()) {
      double means = sample.mean().minus(reference.mean()).square().sum().item();
      Tensor inner = root.matmul(sample.covariance()).matmul(root);
      double cross = nonNegative(LinearAlgebra.eigenvalues(inner)).sqrt().sum().item();
      double spread = trace(sample.covariance()) + trace(reference.covariance());
      return Math.max(0, means + spread - 2 * cross);
    }
  }

  /**
   * The distance of features (N, P) with its interval; the reference is fixed. Repeated rows raise
   * the distance as fewer pictures would, so the interval is centred on the figure.
   */
  public Estimate estimate(Tensor features, Bootstrap bootstrap) {
    try (Scope scope = Scope.inference()) {
      double value = from(Moments.of(features));
      Estimate e =
          bootstrap.centred(
              value, Math.toIntExact(features.size(0)), counts -> of(features, counts));
      return new Estimate(value, Math.max(0, e.low()), Math.max(0, e.high()), e.replicates());
    }
  }

  private double of(Tensor features, int[] counts) {
    try (Scope scope = Scope.inference()) {
      return from(Moments.of(features, counts));
    }
  }

  private static double trace(Tensor matrix) {
    return LinearAlgebra.trace(matrix).item();
  }

  /** Rounding makes the zeros of a covariance of few rows slightly negative. */
  private static Tensor nonNegative(Tensor eigenvalues) {
    return eigenvalues.clamp(0, Double.MAX_VALUE);
  }
}
