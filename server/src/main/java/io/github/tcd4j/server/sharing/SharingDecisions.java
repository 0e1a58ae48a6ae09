package io.github.tcd4j.server.sharing;

import io.github.tcd4j.pipeline.batching.RowTimes;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The decisions for the models and sizes that requests have asked for. */
public final class SharingDecisions {
  /** Sizes are the callers' choice: so many are remembered. */
  private static final int MOST = 200;

  private final Batching mode;
  private final Map<SharedSize, SharingDecision> known = new LinkedHashMap<>();

  /** Seen and not measured yet. */
  private final Set<SharedSize> open = new LinkedHashSet<>();

  public SharingDecisions(Batching mode) {
    this.mode = mode;
  }

  /** What was decided; null where requests do not share, or nothing has been measured yet. */
  public synchronized @Nullable SharingDecision of(SharedSize size) {
    return switch (mode) {
      case ON -> SharingDecision.ALWAYS;
      case OFF -> null;
      case AUTO -> known.get(size);
    };
  }

  /** Notes that a request has such a size. */
  public synchronized void seen(SharedSize size) {
    if (mode == Batching.AUTO && !known.containsKey(size) && known.size() + open.size() < MOST) {
      open.add(size);
    }
  }

  /** Whether this size is to be measured. */
  public synchronized boolean isOpen(SharedSize size) {
    return open.contains(size);
  }

  /** The sizes that are to be measured, in the order in which they were seen. */
  public synchronized Set<SharedSize> open() {
    return new LinkedHashSet<>(open);
  }

  /** Decides. */
  public synchronized SharingDecision measured(SharedSize size, RowTimes times) {
    SharingDecision decision = SharingDecision.of(times);
    open.remove(size);
    known.put(size, decision);
    return decision;
  }

  /** This size cannot be measured: its requests do not share. */
  public synchronized void unmeasurable(SharedSize size) {
    open.remove(size);
  }
}
