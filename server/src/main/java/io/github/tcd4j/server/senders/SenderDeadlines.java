package io.github.tcd4j.server.senders;

import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import org.eclipse.jetty.io.Connection;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.util.component.AbstractLifeCycle;
import org.eclipse.jetty.util.thread.Scheduler;
import org.jspecify.annotations.Nullable;

/**
 * Refuses requests that come too slowly. Jetty's own limits do not suffice: its idle timeout starts
 * anew with each byte, and its least rate counts from the first second.
 */
public final class SenderDeadlines extends AbstractLifeCycle implements Connection.Listener {
  /** Of all connections; above it, those that wait longest are closed... */
  private static final double CROWDED = 0.9;

  /** ... until so many are left: room for others, until it is looked again. */
  private static final double LEFT = 0.5;

  /** That nobody is closed for in any case. */
  private static final Duration FRESH = Duration.ofSeconds(1);

  private final SenderLimits limits;
  private final Map<Connection, Sender> senders = new ConcurrentHashMap<>();
  private final long period;
  private volatile @Nullable Scheduler scheduler;
  private volatile Scheduler.@Nullable Task next;

  public SenderDeadlines(SenderLimits limits) {
    this.limits = limits;
    long shortest = Math.min(limits.head().toMillis(), limits.grace().toMillis());
    period = Math.max(20, Math.min(500, shortest / 10));
  }

  /** Watches the connections of this connector, as long as it runs. */
  public ServerConnector watch(ServerConnector connector) {
    scheduler = connector.getScheduler();
    connector.addBean(this);
    return connector;
  }

  /** Waits for no request of which not all has come. */
  public void refuseIncomplete() {
    senders.values().forEach(Sender::refuse);
  }

  @Override
  public void onOpened(Connection connection) {
    senders.put(connection, new Sender(connection));
  }

  @Override
  public void onClosed(Connection connection) {
    senders.remove(connection);
  }

  /** Who sends at a connection. */
  Sender of(Connection connection) {
    Sender known = senders.get(connection);
    return known == null ? new Sender(connection) : known;
  }

  @Override
  protected void doStart() {
    arm();
  }

  @Override
  protected void doStop() {
    Scheduler.Task task = next;
    if (task != null) {
      task.cancel();
    }
  }

  private void arm() {
    next = Objects.requireNonNull(scheduler).schedule(this::look, period, TimeUnit.MILLISECONDS);
  }

  private void look() {
    try {
      long now = System.nanoTime();
      for (Sender sender : senders.values()) {
        sender.look(now, limits);
      }
      makeRoom(now);
    } finally {
      if (isRunning()) {
        arm();
      }
    }
  }

  private void makeRoom(long now) {
    int open = senders.size();
    if (open < CROWDED * limits.connections()) {
      return;
    }
    record Waiting(Sender sender, long since) {}
    List<Waiting> longest =
        senders.values().stream()
            .map(s -> new Waiting(s, s.waitingSince()))
            .filter(w -> w.since != Long.MAX_VALUE && now - w.since > FRESH.toNanos())
            .sorted(Comparator.comparingLong(Waiting::since))
            .limit(open - (long) (LEFT * limits.connections()))
            .toList();
    longest.forEach(w -> w.sender.refuse());
  }
}
