package io.github.tcd4j.data;

/**
 * The random numbers of data sets: SplitMix64 (Steele, Lea and Flood 2014), written out here so
 * that no other JDK can change them. A value of one thread.
 */
public final class SplitMix64 {
  private static final long GOLDEN = 0x9E3779B97F4A7C15L;

  private long state;

  /** Starts at {@code state}; neighbouring states give unrelated numbers after the first mix. */
  public SplitMix64(long state) {
    this.state = state;
  }

  /** A generator whose numbers depend on all of {@code keys} and on their order. */
  public static SplitMix64 keyed(long... keys) {
    long state = 0;
    for (long key : keys) {
      state = mix(mix(state + GOLDEN) + key);
    }
    return new SplitMix64(state);
  }

  /** The next 64 bits. */
  public long next() {
    state += GOLDEN;
    return mix(state);
  }

  /** An integer in [0, bound); {@code bound} at least 1. The bias is below bound / 2^64. */
  public int below(int bound) {
    if (bound < 1) {
      throw new IllegalArgumentException("bound must be at least 1 but was " + bound);
    }
    return (int) Long.remainderUnsigned(next(), bound);
  }

  /** A number in [0, 1), a multiple of 2^-53. */
  public double unit() {
    return (next() >>> 11) * 0x1.0p-53;
  }

  /** A number in [from, to). */
  public double between(double from, double to) {
    return from + unit() * (to - from);
  }

  static long mix(long z) {
    long x = (z ^ (z >>> 30)) * 0xBF58476D1CE4E5B9L;
    x = (x ^ (x >>> 27)) * 0x94D049BB133111EBL;
    return x ^ (x >>> 31);
  }
}
