package io.github.tcd4j.pipeline.metadata;

import java.math.BigInteger;

/**
 * Seeds as {@code torch.Generator.manual_seed} takes them: whole numbers of 64 bits, in [-2^63,
 * 2^64 - 1]. A negative one is the same as that number plus 2^64, and so they are written: without
 * a sign. In a {@code long} they are the bits.
 */
public final class Seed {
  private static final BigInteger LEAST = BigInteger.ONE.shiftLeft(63).negate();
  private static final BigInteger GREATEST = BigInteger.ONE.shiftLeft(64).subtract(BigInteger.ONE);

  private Seed() {}

  /**
   * Reads a seed.
   *
   * @throws IllegalArgumentException if it is no whole number, or out of range
   */
  public static long parse(String text) {
    try {
      return of(new BigInteger(text.strip()));
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException("seed must be a whole number but was " + text, e);
    }
  }

  static long of(BigInteger seed) {
    if (seed.compareTo(LEAST) < 0 || seed.compareTo(GREATEST) > 0) {
      throw new IllegalArgumentException(
          "seed must be in [" + LEAST + ", " + GREATEST + "] but was " + seed);
    }
    return seed.longValue();
  }

  static BigInteger number(long seed) {
    return new BigInteger(text(seed));
  }

  /** The seed as it is written. */
  public static String text(long seed) {
    return Long.toUnsignedString(seed);
  }
}
