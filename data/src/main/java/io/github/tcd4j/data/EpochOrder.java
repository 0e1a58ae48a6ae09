package io.github.tcd4j.data;

import org.jspecify.annotations.Nullable;

/**
 * Which example is seen when: each epoch shows every example once, in an order of its own. All
 * follows from the seed and the position, so a run that resumes needs to know only its step.
 *
 * <p>A batch may reach over the end of an epoch. The random numbers are SplitMix64 (Steele, Lea and
 * Flood 2014), written out here so that no other JDK can change them.
 */
public final class EpochOrder {
  private static final long GOLDEN = 0x9E3779B97F4A7C15L;

  /** The epoch whose order was asked for last. */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  private record Epoch(long number, int[] order) {}

  private final long seed;
  private final int size;
  private @Nullable Epoch last;

  /**
   * @param size number of examples, at least 1
   */
  public EpochOrder(long seed, int size) {
    if (size < 1) {
      throw new IllegalArgumentException("size must be at least 1 but was " + size);
    }
    this.seed = seed;
    this.size = size;
  }

  /** The example at a position counted from 0 over all epochs. */
  public int at(long position) {
    if (position < 0) {
      throw new IllegalArgumentException("position must be at least 0 but was " + position);
    }
    return epoch(position / size).order[(int) (position % size)];
  }

  /** The examples of batch number {@code step}, counted from 0. */
  public int[] rows(long step, int batch) {
    int[] rows = new int[batch];
    for (int i = 0; i < batch; i++) {
      rows[i] = at(Math.addExact(Math.multiplyExact(step, batch), i));
    }
    return rows;
  }

  private Epoch epoch(long number) {
    Epoch epoch = last;
    if (epoch == null || epoch.number != number) {
      epoch = new Epoch(number, shuffled(mix(mix(seed + GOLDEN) + number)));
      last = epoch;
    }
    return epoch;
  }

  /** Fisher and Yates: each place takes one of those that are left. */
  private int[] shuffled(long start) {
    int[] order = new int[size];
    long state = start;
    for (int i = 0; i < size; i++) {
      state += GOLDEN;
      int j = (int) Long.remainderUnsigned(mix(state), i + 1L);
      order[i] = order[j];
      order[j] = i;
    }
    return order;
  }

  private static long mix(long z) {
    long x = (z ^ (z >>> 30)) * 0xBF58476D1CE4E5B9L;
    x = (x ^ (x >>> 27)) * 0x94D049BB133111EBL;
    return x ^ (x >>> 31);
  }
}
