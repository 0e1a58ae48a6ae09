package io.github.tcd4j.server.sharing;

import io.github.tcd4j.pipeline.batching.RowTimes;
import org.jspecify.annotations.Nullable;

/**
 * Whether pictures of one model and size share steps.
 *
 * @param times what was measured; null where it was not, because it is always on
 * @param mostRows in one call of the network
 */
public record SharingDecision(@Nullable RowTimes times, int mostRows) {
  /** Below it, the wait for others' rows costs more than it gains. */
  static final double LEAST_GAIN = 1.05;

  /** Without a measurement. */
  static final SharingDecision ALWAYS = new SharingDecision(null, 16);

  static SharingDecision of(RowTimes times) {
    return new SharingDecision(times, times.best());
  }

  /**
   * Whether sharing pays.
   *
   * @param rows that a request has without others: 1, or 2 with guidance
   */
  public boolean pays(int rows) {
    return times == null || times.gain(rows) >= LEAST_GAIN;
  }
}
