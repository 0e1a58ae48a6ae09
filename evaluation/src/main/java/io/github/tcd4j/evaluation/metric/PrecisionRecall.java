package io.github.tcd4j.evaluation.metric;

import io.github.tcd4j.files.InvalidRequestException;
import io.github.tcd4j.tensor.DType;
import io.github.tcd4j.tensor.Scope;
import io.github.tcd4j.tensor.Tensor;
import java.util.Arrays;

/**
 * Improved precision and recall (Kynkäänniemi et al. 2019). Around each picture of a set lies a
 * ball that reaches to its k-th nearest neighbour in the set. Precision is the share of generated
 * pictures inside a ball of the real ones, recall the share of real ones inside a ball of the
 * generated ones; the border belongs to a ball.
 *
 * @param precise for each generated picture 1 if a ball of the real ones holds it, else 0
 * @param recalled the mirror, for each real picture
 */
@SuppressWarnings("ArrayRecordComponent") // Bulk data; equality of content is not asked for.
public record PrecisionRecall(double[] precise, double[] recalled) {
  /** The usual number of neighbours. */
  public static final int NEIGHBOURS = 3;

  private static final int ROWS = 256;

  /** Relative to the squared lengths: below it rounding has made two equal rows differ. */
  private static final double EQUAL = 1e-14;

  /** Of features of generated (N, P) and real pictures (M, P), each more than {@code k} rows. */
  public static PrecisionRecall of(Tensor generated, Tensor real, int k) {
    int least = Math.min(Moments.rows(generated), Moments.rows(real));
    if (least <= k) {
      throw new InvalidRequestException(
          "precision and recall with "
              + k
              + " neighbours need at least "
              + (k + 1)
              + (" pictures of either kind but there are " + least));
    }
    try (Scope scope = Scope.inference()) {
      Tensor g = generated.to(DType.F64).contiguous();
      Tensor r = real.to(DType.F64).contiguous();
      return new PrecisionRecall(inside(g, r, radii(r, k)), inside(r, g, radii(g, k)));
    }
  }

  /** The squared distance of each row to its k-th neighbour, itself not counted. */
  private static double[] radii(Tensor x, int k) {
    int n = Math.toIntExact(x.size(0));
    double[] radii = new double[n];
    for (int start = 0; start < n; start += ROWS) {
      int count = Math.min(ROWS, n - start);
      double[] distances = distances(x, start, count, x);
      for (int i = 0; i < count; i++) {
        radii[start + i] = smallest(distances, i * n, n, k);
      }
    }
    return radii;
  }

  /** The order statistic {@code k}, from 0, of {@code n} values from {@code start} on. */
  private static double smallest(double[] values, int start, int n, int k) {
    double[] best = new double[k + 1];
    Arrays.fill(best, Double.POSITIVE_INFINITY);
    for (int i = start; i < start + n; i++) {
      double v = values[i];
      for (int j = k; j >= 0 && v < best[j]; j--) {
        if (j < k) {
          best[j + 1] = best[j];
        }
        best[j] = v;
      }
    }
    return best[k];
  }

  private static double[] inside(Tensor x, Tensor centres, double[] radii) {
    int n = Math.toIntExact(x.size(0));
    double[] inside = new double[n];
    for (int start = 0; start < n; start += ROWS) {
      int count = Math.min(ROWS, n - start);
      double[] distances = distances(x, start, count, centres);
      for (int i = 0; i < count; i++) {
        for (int j = 0; j < radii.length && inside[start + i] == 0; j++) {
          inside[start + i] = distances[i * radii.length + j] <= radii[j] ? 1 : 0;
        }
      }
    }
    return inside;
  }

  private static double[] distances(Tensor x, int start, int count, Tensor y) {
    try (Scope scope = Scope.inference()) {
      Tensor rows = x.narrow(0, start, count);
      Tensor lengths = rows.square().sum(true, 1).plus(y.square().sum(true, 1).transpose(0, 1));
      double[] distances =
          lengths.minus(rows.matmul(y.transpose(0, 1)).times(2)).contiguous().toDoubleArray();
      double[] scale = lengths.contiguous().toDoubleArray();
      for (int i = 0; i < distances.length; i++) {
        distances[i] = distances[i] <= EQUAL * scale[i] ? 0 : distances[i];
      }
      return distances;
    }
  }
}
