package io.github.tcd4j.server.engine;

import java.util.Locale;

/** The life of a job: queued, running, and then one of three ends. */
public enum JobState {
  /** Waits for its turn. */
  QUEUED,
  /** The engine works on it. */
  RUNNING,
  /** All pictures are there. */
  COMPLETED,
  /** It went wrong; the pictures made before are there. */
  FAILED,
  /** Somebody stopped it; the pictures made before are there. */
  CANCELLED;

  /** Whether nothing will change any more. */
  public boolean ended() {
    return this != QUEUED && this != RUNNING;
  }

  /** The name in JSON and in metrics. */
  public String key() {
    return name().toLowerCase(Locale.ROOT);
  }
}
