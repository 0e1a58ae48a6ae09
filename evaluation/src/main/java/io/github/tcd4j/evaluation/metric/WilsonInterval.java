package io.github.tcd4j.evaluation.metric;

/**
 * The score interval of a share (Wilson 1927), 95 %: unlike the usual one it stays in [0, 1] and
 * has a length where all or none of few are counted.
 */
public final class WilsonInterval {
  /** Of 95 % of a normal distribution, to either side. */
  private static final double Z = 1.959963984540054;

  private WilsonInterval() {}

  /**
   * The share of {@code hits} in {@code n}.
   *
   * @param hits from 0 to n
   * @param n at least 1
   */
  public static Estimate of(int hits, int n) {
    if (n < 1 || hits < 0 || hits > n) {
      throw new IllegalArgumentException(
          "a share needs 0 <= hits <= n and n >= 1 but got " + hits + " of " + n);
    }
    double share = (double) hits / n;
    double spread = Z * Z / n;
    double middle = (share + spread / 2) / (1 + spread);
    double half = Z / (1 + spread) * Math.sqrt(share * (1 - share) / n + spread / (4.0 * n));
    // Rounding must not take an end beyond the share itself.
    return new Estimate(
        share,
        Math.max(0, Math.min(share, middle - half)),
        Math.min(1, Math.max(share, middle + half)));
  }
}
