package io.github.tcd4j.pipeline.batching;

import java.time.Duration;
import java.util.Collections;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * How long one evaluation of a U-Net takes, by its number of rows: what says whether sharing pays.
 *
 * @param times by rows, that of one row included; the least of several
 */
public record RowTimes(SortedMap<Integer, Duration> times) {
  public RowTimes {
    times = Collections.unmodifiableSortedMap(new TreeMap<>(times));
    if (!times.containsKey(1) || times.values().stream().anyMatch(t -> t.toNanos() < 1)) {
      throw new IllegalArgumentException(
          "a measurement needs the time of one row, and times above 0, but has " + times);
    }
  }

  /** Nanoseconds of one row in a call of so many, of the measured sizes. */
  private static double perRow(Map.Entry<Integer, Duration> e) {
    return (double) e.getValue().toNanos() / e.getKey();
  }

  /** The number of rows at which a row costs least. */
  public int best() {
    return times.entrySet().stream()
        .min((a, b) -> Double.compare(perRow(a), perRow(b)))
        .orElseThrow()
        .getKey();
  }

  /**
   * How many times as many rows a second the best larger call makes as a call of so many; 1 where
   * no larger one is faster.
   *
   * @param rows that a request has without others: 1, or 2 with guidance
   */
  public double gain(int rows) {
    SortedMap<Integer, Duration> upTo = times.headMap(rows + 1);
    double alone = perRow(Map.entry(upTo.lastKey(), times.get(upTo.lastKey())));
    return times.tailMap(rows + 1).entrySet().stream()
        .mapToDouble(e -> alone / perRow(e))
        .reduce(1, Math::max);
  }
}
