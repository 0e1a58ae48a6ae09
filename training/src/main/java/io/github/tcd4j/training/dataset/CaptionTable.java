package io.github.tcd4j.training.dataset;

import io.github.tcd4j.models.unet.Conditioning;
import io.github.tcd4j.tensor.Tensor;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Conditioning of the captions of an endless data set: no picture comes twice, but captions do, and
 * are not encoded again. Holds a fixed number of rows, in the scope in which it was made; the
 * oldest gives way. Safe for several threads.
 */
public final class CaptionTable {
  /** Native memory of a table. */
  private static final long BYTES = 384L << 20;

  private final Conditioning rows;
  private final String[] held;
  private final Map<String, Integer> places = new HashMap<>();
  private int next;

  /** A table of {@code size} rows such as {@code like}, which is one row. */
  CaptionTable(Conditioning like, int size) {
    Tensor pooled = like.pooled();
    rows =
        new Conditioning(
            empty(like.tokens(), size),
            pooled == null ? null : empty(pooled, size),
            null,
            null,
            null);
    held = new String[size];
  }

  /** A table of as many such rows as a few hundred megabytes hold. */
  public static CaptionTable like(Conditioning row) {
    Tensor pooled = row.pooled();
    long values = row.tokens().numel() + (pooled == null ? 0 : pooled.numel());
    return new CaptionTable(row, (int) Math.max(1, BYTES / (Float.BYTES * values)));
  }

  private static Tensor empty(Tensor like, int size) {
    long[] shape = like.shape();
    shape[0] = size;
    return Tensor.empty(like.dtype(), shape).to(like.device());
  }

  /**
   * One row for each caption, copies.
   *
   * @param encode gives one row for each of the captions that are not held, which differ
   */
  public synchronized Conditioning of(
      List<String> captions, Function<List<String>, Conditioning> encode) {
    Set<String> wanted = new HashSet<>(captions);
    if (wanted.size() > held.length) {
      return encode.apply(captions);
    }
    List<String> unknown =
        captions.stream().distinct().filter(c -> !places.containsKey(c)).toList();
    if (!unknown.isEmpty()) {
      Conditioning encoded = encode.apply(unknown);
      for (int i = 0; i < unknown.size(); i++) {
        put(unknown.get(i), encoded.rows(i, 1), wanted);
      }
    }
    return rows.select(
        Tensor.of(captions.stream().mapToLong(places::get).toArray(), captions.size())
            .to(rows.tokens().device()));
  }

  private void put(String caption, Conditioning row, Set<String> wanted) {
    while (held[next] != null && wanted.contains(held[next])) {
      next = (next + 1) % held.length;
    }
    places.remove(held[next]);
    places.put(caption, next);
    held[next] = caption;
    copy(row.tokens(), rows.tokens());
    copy(row.pooled(), rows.pooled());
    next = (next + 1) % held.length;
  }

  private void copy(@Nullable Tensor row, @Nullable Tensor table) {
    if (row != null && table != null) {
      table.narrow(0, next, 1).copyFrom_(row);
    }
  }
}
