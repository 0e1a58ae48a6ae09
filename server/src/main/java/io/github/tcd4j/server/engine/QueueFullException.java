package io.github.tcd4j.server.engine;

import io.github.tcd4j.files.Tcd4jException;
import java.time.Duration;

/** The queue takes no more jobs for now. */
public final class QueueFullException extends Tcd4jException {
  private static final long serialVersionUID = 1L;

  private final Duration retryAfter;

  QueueFullException(int waiting, Duration retryAfter) {
    super(
        "the queue is full with "
            + waiting
            + " jobs; try again in "
            + retryAfter.toSeconds()
            + " seconds");
    this.retryAfter = retryAfter;
  }

  /** When the first place is expected to be free, at least a second. */
  public Duration retryAfter() {
    return retryAfter;
  }
}
