package io.github.tcd4j.evaluation.metric;

import java.util.List;
import java.util.Locale;

/**
 * A measured figure and the interval that other pictures of the same kind would put it in.
 *
 * @param replicates the figure in every resample of a {@link Bootstrap}, in the order of its draws
 *     (NaN where a resample gives none); empty where there were none
 */
public record Estimate(double value, double low, double high, List<Double> replicates) {
  public Estimate {
    replicates = List.copyOf(replicates);
    if (!Double.isFinite(value) || !(low <= high)) {
      throw new IllegalArgumentException(
          "an estimate needs a finite value and low <= high but was "
              + (value + " [" + low + ", " + high + "]"));
    }
  }

  /** A figure whose resamples are not known. */
  public Estimate(double value, double low, double high) {
    this(value, low, high, List.of());
  }

  /** A figure without doubt. */
  public static Estimate exact(double value) {
    return new Estimate(value, value, value);
  }

  /** The same figure in another unit, {@code factor} times as large; the factor is above 0. */
  public Estimate times(double factor) {
    return new Estimate(
        value * factor,
        low * factor,
        high * factor,
        replicates.stream().map(r -> r * factor).toList());
  }

  /** {@code 1.23 [1.10, 1.40]} with that many digits after the point; the value alone if exact. */
  public String format(int digits) {
    String number = "%." + digits + "f";
    return low == high
        ? String.format(Locale.ROOT, number, value)
        : String.format(
            Locale.ROOT, number + " [" + number + ", " + number + "]", value, low, high);
  }
}
