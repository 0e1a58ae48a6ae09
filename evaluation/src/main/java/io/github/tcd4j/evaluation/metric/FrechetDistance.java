package io.github.tcd4j.evaluation.metric;

import io.github.tcd4j.files.InvalidRequestException;
import io.github.tcd4j.tensor.DType;
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

  /**
   * Between two sets of features (N, P) and (M, P). Where both have fewer rows than features the
   * trace is the sum of the singular values of the N x M products of their centred rows, which is
   * exact and much faster.
   */
  public static double between(Tensor x, Tensor y) {
    try (Scope scope = Scope.inference()) {
      if (isFew(x) && isFew(y)) {
        CentredRows a = CentredRows.of(x);
        CentredRows b = CentredRows.of(y);
        Tensor products = a.rows().matmul(b.rows().transpose(0, 1));
        double cross = LinearAlgebra.singularValues(products).sum().item();
        return distance(a.mean(), b.mean(), a.trace() + b.trace(), cross);
      }
      return isFew(x) ? fewToMoments(x, Moments.of(y)) : to(Moments.of(y)).from(Moments.of(x));
    }
  }

  /**
   * From features (N, P) to a fixed reference, as to statistics from a file. For one sample only:
   * {@link #to} prepares the reference for several.
   */
  public static double between(Tensor x, Moments reference) {
    try (Scope scope = Scope.inference()) {
      return isFew(x) ? fewToMoments(x, reference) : to(reference).from(Moments.of(x));
    }
  }

  private static boolean isFew(Tensor features) {
    return Moments.rows(features) < features.size(1);
  }

  /** The eigenvalues of a C2 a' (N, N), a the centred rows, are those of C1 C2 that are not 0. */
  private static double fewToMoments(Tensor x, Moments reference) {
    requireWidth(x.size(1), reference);
    try (Scope scope = Scope.inference()) {
      CentredRows a = CentredRows.of(x);
      Tensor inner = a.rows().matmul(reference.covariance()).matmul(a.rows().transpose(0, 1));
      double cross = nonNegative(LinearAlgebra.eigenvalues(inner)).sqrt().sum().item();
      double spread = a.trace() + trace(reference.covariance());
      return distance(a.mean(), reference.mean(), spread, cross);
    }
  }

  /** Rows minus their mean, over sqrt(N - 1): their products are the covariance. */
  private record CentredRows(Tensor mean, Tensor rows) {
    static CentredRows of(Tensor features) {
      Tensor x = features.to(DType.F64);
      if (x.size(0) < 2) {
        throw new IllegalArgumentException("moments need at least 2 rows of features");
      }
      Tensor mean = x.mean(false, 0);
      return new CentredRows(mean, x.minus(mean).div(Math.sqrt(x.size(0) - 1.0)));
    }

    double trace() {
      return rows.square().sum().item();
    }
  }

  private static void requireWidth(long width, Moments reference) {
    if (width != reference.width()) {
      throw new InvalidRequestException(
          "the sample has "
              + (width + " features but the reference has " + reference.width())
              + ": they are of different networks");
    }
  }

  private static double distance(Tensor mean, Tensor other, double spread, double cross) {
    double means = mean.minus(other).square().sum().item();
    return Math.max(0, means + spread - 2 * cross);
  }

  /** The distance of a sample; at least 0. */
  public double from(Moments sample) {
    requireWidth(sample.width(), reference);
    try (Scope scope = Scope.inference()) {
      Tensor inner = root.matmul(sample.covariance()).matmul(root);
      double cross = nonNegative(LinearAlgebra.eigenvalues(inner)).sqrt().sum().item();
      double spread = trace(sample.covariance()) + trace(reference.covariance());
      return distance(sample.mean(), reference.mean(), spread, cross);
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
