package io.github.tcd4j.data;

import org.jspecify.annotations.Nullable;

/**
 * Which example is seen when: each epoch shows every example once, in an order of its own. All
 * follows from the seed and the position, so a run that resumes needs to know only its step.
 *
 * <p>A batch may reach over the end of an epoch.
 */
public final class EpochOrder {
  /** The epoch whose order was computed last. */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  private record Epoch(long number, int[] order) {}

  private final long seed;
  private final int size;
  private final boolean endless;
  private @Nullable Epoch last;

  /**
   * @param size number of examples, at least 1
   */
  public EpochOrder(long seed, int size) {
    this(seed, size, false);
  }

  private EpochOrder(long seed, int size, boolean endless) {
    if (size < 1) {
      throw new IllegalArgumentException("size must be at least 1 but was " + size);
    }
    this.seed = seed;
    this.size = size;
    this.endless = endless;
  }

  /**
   * The order in which a data set is seen. One without end has one epoch alone, in its own order:
   * no image comes twice.
   */
  public static EpochOrder of(long seed, Dataset data) {
    return new EpochOrder(seed, data.size(), data.isEndless());
  }

  /** The example at a position counted from 0 over all epochs. */
  public int at(long position) {
    if (position < 0) {
      throw new IllegalArgumentException("position must be at least 0 but was " + position);
    }
    if (endless) {
      return inTurn(position);
    }
    return epoch(position / size).order[(int) (position % size)];
  }

  private int inTurn(long position) {
    if (position >= size) {
      throw new DataException("all " + size + " images of an endless data set have been used");
    }
    return (int) position;
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
      epoch = new Epoch(number, shuffled(epochStart(number)));
      last = epoch;
    }
    return epoch;
  }

  private SplitMix64 epochStart(long number) {
    return new SplitMix64(SplitMix64.mix(new SplitMix64(seed).next() + number));
  }

  /** Fisher and Yates: each place takes one of those that are left. */
  private int[] shuffled(SplitMix64 random) {
    int[] order = new int[size];
    for (int i = 0; i < size; i++) {
      int j = random.below(i + 1);
      order[i] = order[j];
      order[j] = i;
    }
    return order;
  }
}
