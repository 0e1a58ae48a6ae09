package io.github.tcd4j.evaluation.metric;

import io.github.tcd4j.files.InvalidRequestException;
import java.util.Arrays;
import java.util.SplittableRandom;

/**
 * The percentile bootstrap (Efron 1979): draws as many rows as there are, with replacement, again
 * and again, and looks how the figure moves.
 *
 * <p>The draws depend on the seed and the number of rows alone. Two calls with the same number of
 * rows see the same draws, so that the interval of a difference may be taken as paired.
 *
 * @param resamples how often to draw, at least 20
 * @param level share of the draws inside the interval, in (0, 1), as 0.95
 * @param seed of the draws
 */
public record Bootstrap(int resamples, double level, long seed) {
  /** Fewer say nothing about the ends of an interval. */
  public static final int LEAST_RESAMPLES = 20;

  /** A figure of a resample, in which row i occurs {@code counts[i]} times. */
  @FunctionalInterface
  public interface Statistic {
    double of(int[] counts);
  }

  public Bootstrap {
    if (resamples < LEAST_RESAMPLES) {
      throw new InvalidRequestException(
          "resamples must be at least " + LEAST_RESAMPLES + " but was " + resamples);
    }
    if (!(level > 0 && level < 1)) {
      throw new InvalidRequestException("level must be in (0, 1) but was " + level);
    }
  }

  /** Intervals of 95 %. */
  public static Bootstrap of(int resamples, long seed) {
    return new Bootstrap(resamples, 0.95, seed);
  }

  /** How often each of {@code rows} rows was drawn: one array for each resample. */
  public int[][] draws(int rows) {
    if (rows < 1) {
      throw new InvalidRequestException("rows must be at least 1 but was " + rows);
    }
    SplittableRandom random = new SplittableRandom(seed);
    int[][] draws = new int[resamples][rows];
    for (int[] counts : draws) {
      for (int i = 0; i < rows; i++) {
        counts[random.nextInt(rows)]++;
      }
    }
    return draws;
  }

  /** The mean of one value per sample. */
  public Estimate mean(double[] values) {
    double mean = Arrays.stream(values).average().orElseThrow();
    return of(
        mean,
        values.length,
        counts -> {
          double sum = 0;
          for (int i = 0; i < values.length; i++) {
            sum += counts[i] * values[i];
          }
          return sum / values.length;
        });
  }

  /** Any figure whose resamples lie around it. */
  public Estimate of(double value, int rows, Statistic statistic) {
    return interval(value, replicates(rows, statistic));
  }

  /**
   * The interval of replicates that the caller has computed from {@link #draws}; those that are not
   * finite are left out of it.
   */
  Estimate interval(double value, double[] replicates) {
    return interval(value, 0, replicates);
  }

  /**
   * A figure that resampling shifts, because repeated rows act like a smaller sample: the interval
   * is moved so that its resamples have the figure as their mean.
   */
  public Estimate centred(double value, int rows, Statistic statistic) {
    double[] replicates = replicates(rows, statistic);
    double shift = value - Arrays.stream(replicates).average().orElseThrow();
    return interval(value, shift, replicates);
  }

  private double[] replicates(int rows, Statistic statistic) {
    return Arrays.stream(draws(rows)).mapToDouble(statistic::of).toArray();
  }

  /**
   * One figure minus another of which every resample drew the same rows: as both move together, the
   * interval is narrower than the two apart would make believe.
   *
   * @throws InvalidRequestException if they were not resampled equally often
   */
  public Estimate difference(Estimate figure, Estimate other) {
    int n = figure.replicates().size();
    if (n == 0 || n != other.replicates().size()) {
      throw new InvalidRequestException(
          "a paired difference needs figures with the same resamples but they have "
              + (n + " and " + other.replicates().size()));
    }
    double[] differences = new double[n];
    for (int i = 0; i < n; i++) {
      differences[i] = figure.replicates().get(i) - other.replicates().get(i);
    }
    return interval(figure.value() - other.value(), 0, differences);
  }

  private Estimate interval(double value, double shift, double[] replicates) {
    double[] moved = Arrays.stream(replicates).map(r -> r + shift).toArray();
    double[] sorted = Arrays.stream(moved).filter(Double::isFinite).sorted().toArray();
    double tail = (1 - level) / 2;
    return new Estimate(
        value,
        quantile(sorted, tail),
        quantile(sorted, 1 - tail),
        Arrays.stream(moved).boxed().toList());
  }

  /** Linear between order statistics, as {@code numpy.quantile}. */
  static double quantile(double[] sorted, double q) {
    double place = q * (sorted.length - 1);
    int below = (int) Math.floor(place);
    int above = Math.min(below + 1, sorted.length - 1);
    return sorted[below] + (place - below) * (sorted[above] - sorted[below]);
  }
}
