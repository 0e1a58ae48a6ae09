package io.github.tcd4j.server.senders;

import io.github.tcd4j.files.InvalidRequestException;
import java.time.Duration;

/**
 * How slowly a request may come.
 *
 * @param head from the first byte of a request to the end of its headers
 * @param grace after which its body must have come at the rate, on average since its start; long
 *     enough that a busy machine or a lost packet refuses nobody
 * @param bytesPerSecond the least rate of a body
 * @param whole for a body at any rate
 * @param connections at the same time; where nearly all are taken, those that wait longest for the
 *     rest of a request are closed
 */
public record SenderLimits(
    Duration head, Duration grace, int bytesPerSecond, Duration whole, int connections) {
  /** 10 seconds for headers; bodies with 1,000 bytes/s after 10 seconds, in at most 10 minutes. */
  public static final SenderLimits USUAL =
      new SenderLimits(
          Duration.ofSeconds(10), Duration.ofSeconds(10), 1000, Duration.ofMinutes(10), 500);

  public SenderLimits {
    if (head.isNegative() || grace.isNegative() || whole.compareTo(grace) < 0) {
      throw new InvalidRequestException(
          "a request must be given time, and as a whole at least its grace");
    }
    if (bytesPerSecond < 1 || connections < 1) {
      throw new InvalidRequestException("rates and connections must be at least 1");
    }
  }

  /** Whether a body is overdue of which so much has come in that time. */
  boolean tooSlow(long nanos, long bytes) {
    return nanos > whole.toNanos()
        || (nanos > grace.toNanos() && bytes < nanos / 1e9 * bytesPerSecond);
  }
}
