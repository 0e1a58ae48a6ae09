package io.github.tcd4j.evaluation.numpy;

import java.util.Arrays;

/**
 * The permutations of {@code numpy.random.RandomState(seed)}: the Mersenne Twister MT19937
 * (Matsumoto and Nishimura 1998) and NumPy's shuffle. Published scripts draw their subsets with it,
 * so the same subsets are needed for the same figures.
 */
public final class NumpyRandom {
  private static final int WORDS = 624;
  private static final int MIDDLE = 397;

  private final int[] state = new int[WORDS];
  private int used = WORDS;

  /**
   * @param seed at least 0
   */
  public NumpyRandom(int seed) {
    if (seed < 0) {
      throw new IllegalArgumentException("a seed is 0 or more but was " + seed);
    }
    state[0] = seed;
    for (int i = 1; i < WORDS; i++) {
      state[i] = 1812433253 * (state[i - 1] ^ (state[i - 1] >>> 30)) + i;
    }
  }

  /** {@code permutation(n)}: the numbers from 0 to n - 1 in a random order. */
  public int[] permutation(int n) {
    int[] order = new int[n];
    for (int i = 0; i < n; i++) {
      order[i] = i;
    }
    for (int i = n - 1; i > 0; i--) {
      int j = upTo(i);
      int kept = order[i];
      order[i] = order[j];
      order[j] = kept;
    }
    return order;
  }

  /**
   * {@code choice(n, size, replace=False)}: the first {@code size} of a permutation.
   *
   * @param size at most {@code n}
   */
  public int[] choice(int n, int size) {
    if (size > n) {
      throw new IllegalArgumentException("cannot choose " + size + " of " + n);
    }
    return Arrays.copyOf(permutation(n), size);
  }

  /** A number in [0, most]: masked bits, drawn again until they fit. */
  private int upTo(int most) {
    int mask = -1 >>> Integer.numberOfLeadingZeros(most);
    int drawn = next() & mask;
    while (drawn > most) {
      drawn = next() & mask;
    }
    return drawn;
  }

  private int next() {
    if (used == WORDS) {
      twist();
      used = 0;
    }
    int y = state[used++];
    y ^= y >>> 11;
    y ^= y << 7 & 0x9d2c5680;
    y ^= y << 15 & 0xefc60000;
    return y ^ y >>> 18;
  }

  private void twist() {
    for (int i = 0; i < WORDS; i++) {
      int y = (state[i] & 0x80000000) | (state[(i + 1) % WORDS] & 0x7fffffff);
      state[i] = state[(i + MIDDLE) % WORDS] ^ y >>> 1 ^ ((y & 1) == 0 ? 0 : 0x9908b0df);
    }
  }
}
