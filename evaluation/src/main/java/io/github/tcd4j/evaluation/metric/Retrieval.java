package io.github.tcd4j.evaluation.metric;

import io.github.tcd4j.tensor.Scope;
import io.github.tcd4j.tensor.Tensor;
import java.util.Arrays;

/**
 * Finds the captions of pictures again: ranks a list of candidate captions by their cosine with the
 * picture and asks where its own stands. The share of pictures whose own caption is among the first
 * k is the retrieval rate, top-k.
 */
public final class Retrieval {
  private Retrieval() {}

  /**
   * How many other candidates lie at least as near to each picture as its own caption: 0 is the
   * first place. A tie counts against the picture, or a network that says the same to everything
   * would win.
   *
   * @param images features (B, P)
   * @param candidates features of different captions (N, P)
   * @param own for each picture the row of its caption among the candidates
   */
  public static int[] ranks(Tensor images, Tensor candidates, int[] own) {
    int pictures = Moments.rows(images);
    int captions = Moments.rows(candidates);
    if (own.length != pictures) {
      throw new IllegalArgumentException(
          "each of " + pictures + " pictures needs its caption's row but " + own.length + " came");
    }
    try (Scope scope = Scope.inference()) {
      double[] scores =
          ClipScore.unit(images).matmul(ClipScore.unit(candidates).transpose(0, 1)).toDoubleArray();
      int[] ranks = new int[pictures];
      for (int i = 0; i < pictures; i++) {
        int row = i * captions;
        for (int j = 0; j < captions; j++) {
          if (j != own[i] && scores[row + j] >= scores[row + own[i]]) {
            ranks[i]++;
          }
        }
      }
      return ranks;
    }
  }

  /** 1 for each rank below {@code k}, else 0; their mean is the rate. */
  public static double[] hits(int[] ranks, int k) {
    if (k < 1) {
      throw new IllegalArgumentException("k must be at least 1 but was " + k);
    }
    return Arrays.stream(ranks).mapToDouble(rank -> rank < k ? 1 : 0).toArray();
  }
}
