package io.github.tcd4j.evaluation.metric;

import io.github.tcd4j.evaluation.numpy.NumpyRandom;
import io.github.tcd4j.tensor.DType;
import io.github.tcd4j.tensor.Functional;
import io.github.tcd4j.tensor.Scope;
import io.github.tcd4j.tensor.Tensor;
import java.util.Arrays;

/**
 * The Inception Score (Salimans et al. 2016): the exponential of the mean Kullback-Leibler
 * divergence between what a classifier says of a picture and what it says on average, as a mean
 * over {@value #SPLITS} parts. Pictures are shuffled first as torch-fidelity does, by NumPy's
 * generator with its seed.
 *
 * @param mean over the parts
 * @param deviation over the parts, divided by their number
 */
public record InceptionScore(double mean, double deviation) {
  /** How many parts there are. */
  public static final int SPLITS = 10;

  /** torch-fidelity's. */
  public static final int SEED = 2020;

  /** Of logits (N, C), N at least {@value #SPLITS}. */
  public static InceptionScore of(Tensor logits) {
    int n = Moments.rows(logits);
    if (n < SPLITS) {
      throw new IllegalArgumentException(
          "the Inception Score needs at least " + SPLITS + " pictures but there are " + n);
    }
    try (Scope scope = Scope.inference()) {
      long[] order = Arrays.stream(new NumpyRandom(SEED).permutation(n)).asLongStream().toArray();
      Tensor log = Functional.logSoftmax(logits.indexSelect(0, Tensor.of(order)).to(DType.F64), 1);
      double[] scores = new double[SPLITS];
      for (int i = 0; i < SPLITS; i++) {
        long start = (long) i * n / SPLITS;
        scores[i] = score(log.narrow(0, start, (i + 1L) * n / SPLITS - start));
      }
      double mean = Arrays.stream(scores).average().orElseThrow();
      double squares = Arrays.stream(scores).map(s -> (s - mean) * (s - mean)).sum();
      return new InceptionScore(mean, Math.sqrt(squares / SPLITS));
    }
  }

  private static double score(Tensor log) {
    try (Scope scope = Scope.inference()) {
      Tensor p = log.exp();
      Tensor average = p.mean(true, 0).log();
      return Math.exp(p.times(log.minus(average)).sum(false, 1).mean().item());
    }
  }
}
