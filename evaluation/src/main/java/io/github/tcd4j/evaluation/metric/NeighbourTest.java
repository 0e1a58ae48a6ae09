package io.github.tcd4j.evaluation.metric;

import io.github.tcd4j.data.SplitMix64;
import io.github.tcd4j.tensor.DType;
import io.github.tcd4j.tensor.Scope;
import io.github.tcd4j.tensor.Tensor;
import java.util.HashMap;
import java.util.Map;

/**
 * Whether generated pictures lie nearer to those that a model was trained on than to fresh ones of
 * the same distribution: whether it has learnt pictures by heart. Of as many pictures of either
 * kind, the nearest of all is one of training as often as not, if they mean the same to the model.
 * A picture near to many generated ones counts for all of these at once, so the test exchanges the
 * kinds of pictures, not of neighbours (a permutation test, one-sided).
 *
 * @param share of generated pictures whose nearest one is of training; 0.5 is expected
 * @param p probability of a share as high or higher where nothing is learnt by heart, in (0, 1]
 */
public record NeighbourTest(double share, double p) {
  private static final int EXCHANGES = 9999;

  /** Generated pictures whose distances are computed at once. */
  private static final int ROWS = 128;

  /**
   * Tests features (N, P) of generated pictures against as many of training as fresh ones, (M, P)
   * each.
   *
   * @param seed of the exchanges
   */
  public static NeighbourTest of(Tensor generated, Tensor training, Tensor fresh, long seed) {
    if (training.size(0) != fresh.size(0)) {
      throw new IllegalArgumentException(
          "the test needs as many pictures of training as fresh ones but got "
              + (training.size(0) + " and " + fresh.size(0)));
    }
    int[] nearest;
    try (Scope scope = Scope.inference()) {
      Tensor all = Tensor.cat(0, training.to(DType.F64), fresh.to(DType.F64));
      nearest = nearest(generated.to(DType.F64), all);
    }
    // Item i of training is exchanged with item i of the fresh ones, or is not.
    int half = Math.toIntExact(training.size(0));
    Map<Integer, Integer> surplus = new HashMap<>();
    int observed = 0;
    for (int item : nearest) {
      int sign = item < half ? 1 : -1;
      observed += sign;
      surplus.merge(item % half, sign, Integer::sum);
    }
    int[] weights = surplus.values().stream().mapToInt(Integer::intValue).toArray();
    SplitMix64 random = new SplitMix64(seed);
    int asHigh = 0;
    for (int e = 0; e < EXCHANGES; e++) {
      int sum = 0;
      for (int weight : weights) {
        sum += random.next() < 0 ? weight : -weight;
      }
      asHigh += sum >= observed ? 1 : 0;
    }
    double share = (observed + nearest.length) / (2.0 * nearest.length);
    return new NeighbourTest(share, (asHigh + 1.0) / (EXCHANGES + 1));
  }

  /** For each row of {@code x} the row of {@code all} at the least distance. */
  private static int[] nearest(Tensor x, Tensor all) {
    int[] found = new int[Math.toIntExact(x.size(0))];
    int width = Math.toIntExact(all.size(0));
    for (int start = 0; start < found.length; start += ROWS) {
      int count = Math.min(ROWS, found.length - start);
      try (Scope part = Scope.inference()) {
        // |x|^2 is the same for all of a row.
        Tensor products = x.narrow(0, start, count).matmul(all.transpose(0, 1));
        Tensor squares = all.square().sum(false, 1).reshape(1, width);
        double[] distances = squares.minus(products.times(2)).contiguous().toDoubleArray();
        for (int i = 0; i < count; i++) {
          int best = 0;
          for (int j = 1; j < width; j++) {
            best = distances[i * width + j] < distances[i * width + best] ? j : best;
          }
          found[start + i] = best;
        }
      }
    }
    return found;
  }
}
