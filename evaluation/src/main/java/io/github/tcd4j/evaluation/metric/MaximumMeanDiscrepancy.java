package io.github.tcd4j.evaluation.metric;

import io.github.tcd4j.tensor.DType;
import io.github.tcd4j.tensor.Scope;
import io.github.tcd4j.tensor.Tensor;

/**
 * The squared maximum mean discrepancy of CMMD (Jayasumana et al. 2024): a Gaussian kernel of width
 * 10 on features of length 1, pairs of a picture with itself counted (the biased estimate), times
 * 1000. All sums run in float64; the published code's single precision is good to 0.2 % only.
 */
public final class MaximumMeanDiscrepancy {
  /** As the paper's code reports it. */
  private static final double SCALE = 1000;

  private static final double SIGMA = 10;
  private static final long BLOCK = 512;

  private final Tensor reference;
  private final double within;

  private MaximumMeanDiscrepancy(Tensor reference, double within) {
    this.reference = reference;
    this.within = within;
  }

  /** The discrepancy to fixed reference features (M, P); belongs to the open scope. */
  public static MaximumMeanDiscrepancy to(Tensor reference) {
    Moments.rows(reference);
    try (Scope scope = Scope.inference()) {
      Tensor r = ClipScore.unit(reference);
      return new MaximumMeanDiscrepancy(scope.keep(r), mean(r, r));
    }
  }

  /** Of features (N, P). */
  public double from(Tensor features) {
    Moments.rows(features);
    try (Scope scope = Scope.inference()) {
      Tensor x = ClipScore.unit(features);
      return SCALE * (mean(x, x) + within - 2 * mean(x, reference));
    }
  }

  private static double mean(Tensor a, Tensor b) {
    double sum = 0;
    for (long start = 0; start < a.size(0); start += BLOCK) {
      try (Scope block = Scope.inference()) {
        Tensor rows = a.narrow(0, start, Math.min(BLOCK, a.size(0) - start)).to(DType.F64);
        Tensor lengths = rows.square().sum(true, 1).plus(b.square().sum(true, 1).transpose(0, 1));
        Tensor squares = lengths.minus(rows.matmul(b.transpose(0, 1)).times(2));
        sum += squares.times(-1 / (2 * SIGMA * SIGMA)).exp().sum().item();
      }
    }
    return sum / ((double) a.size(0) * b.size(0));
  }
}
