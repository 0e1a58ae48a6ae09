package io.github.tcd4j.cli.console;

import java.time.Duration;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Ctrl-C while a command works. The work is given time to notice by {@link #check} and to end in
 * order; a file that is being written is finished in any case, and none is begun after that.
 *
 * <pre>{@code
 * try (Interrupt interrupt = Interrupt.watch(Duration.ofSeconds(2))) {
 *   for (Picture p : pictures) {
 *     interrupt.check();
 *     interrupt.shielded(() -> p.write(file));
 *   }
 * }
 * }</pre>
 */
public final class Interrupt implements AutoCloseable {
  private final Duration patience;
  private final CountDownLatch ended = new CountDownLatch(1);
  private final ReentrantLock writing = new ReentrantLock();
  private final Thread hook = new Thread(this::interrupted, "interrupt");
  private volatile boolean asked;

  private Interrupt(Duration patience) {
    this.patience = patience;
  }

  /**
   * Watches until it is closed.
   *
   * @param patience how long the work may go on after Ctrl-C
   */
  public static Interrupt watch(Duration patience) {
    Interrupt interrupt = new Interrupt(patience);
    Runtime.getRuntime().addShutdownHook(interrupt.hook);
    return interrupt;
  }

  /** Whether the user wants to stop. */
  public boolean asked() {
    return asked;
  }

  /** Ends the work with {@link CancellationException} if the user wants to stop. */
  public void check() {
    if (asked) {
      throw new CancellationException();
    }
  }

  /** Runs a write that the end of the process must not cut in two. */
  public void shielded(Runnable write) {
    shielded(
        () -> {
          write.run();
          return null;
        });
  }

  /** As {@link #shielded(Runnable)}, with a result. */
  public <T extends @Nullable Object> T shielded(Supplier<T> write) {
    writing.lock();
    try {
      check();
      return write.get();
    } finally {
      writing.unlock();
    }
  }

  /** Runs when the process is asked to end; with the return of all hooks it does. */
  private void interrupted() {
    asked = true;
    try {
      if (!ended.await(patience.toMillis(), TimeUnit.MILLISECONDS)) {
        writing.lock();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    System.err.println("\ntcd4j: cancelled");
  }

  @Override
  public void close() {
    ended.countDown();
    if (!asked) {
      try {
        Runtime.getRuntime().removeShutdownHook(hook);
      } catch (IllegalStateException e) {
        // The process is ending at this very moment, and the hook runs: it sees that we ended.
        Thread.yield();
      }
    }
  }
}
