package io.github.tcd4j.evaluation.metric;

import java.util.Locale;

/** A measured figure and the interval that other pictures of the same kind would put it in. */
public record Estimate(double value, double low, double high) {
  public Estimate {
    if (!Double.isFinite(value) || !(low <= high)) {
      throw new IllegalArgumentException(
          "an estimate needs a finite value and low <= high but was "
              + (value + " [" + low + ", " + high + "]"));
    }
  }

  /** A figure without doubt. */
  public static Estimate exact(double value) {
    return new Estimate(value, value, value);
  }

  /** The same figure in another unit, {@code factor} times as large; the factor is above 0. */
  public Estimate times(double factor) {
    return new Estimate(value * factor, low * factor, high * factor);
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
