package io.github.tcd4j.pipeline.batching;

import java.util.concurrent.Executor;
import java.util.concurrent.Semaphore;
import org.jspecify.annotations.Nullable;

/**
 * A computation that its owner runs a piece at a time. It has a thread of its own, to which the
 * scopes of its tensors belong, but that thread and the owner's take turns: only one of them works
 * at a time, and what one wrote before it passed the turn the other sees.
 */
final class Coroutine {
  private final Semaphore turn = new Semaphore(0);
  private final Semaphore back = new Semaphore(0);
  private final Executor threads;
  private final Runnable body;
  private boolean started;
  private boolean ended;
  private @Nullable Throwable failure;

  /**
   * @param threads must have a free thread, or make one, while this has not ended
   */
  Coroutine(Executor threads, Runnable body) {
    this.threads = threads;
    this.body = body;
  }

  /** Runs it until it suspends itself or ends; called by the owner alone. */
  void resume() {
    if (ended) {
      throw new IllegalStateException("the computation has ended");
    }
    if (started) {
      turn.release();
    } else {
      threads.execute(this::run);
      started = true;
    }
    back.acquireUninterruptibly();
  }

  private void run() {
    try {
      body.run();
    } catch (Throwable e) {
      failure = e;
    } finally {
      ended = true;
      back.release();
    }
  }

  /** Gives the turn back until the owner resumes it; called by the computation alone. */
  void suspend() {
    back.release();
    turn.acquireUninterruptibly();
  }

  boolean hasEnded() {
    return ended;
  }

  /** What ended it; null if it came to its end. */
  @Nullable Throwable failure() {
    return failure;
  }
}
