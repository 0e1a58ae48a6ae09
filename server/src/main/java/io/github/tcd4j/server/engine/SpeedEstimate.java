package io.github.tcd4j.server.engine;

import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** How long jobs take, learned from those that ended: seconds per pixel and step, by model. */
final class SpeedEstimate {
  /** Weight of the newest job. */
  private static final double NEWEST = 0.3;

  private final Map<String, Double> secondsPerWork = new HashMap<>();

  /** Learns from a job that ran to its end. */
  synchronized void learn(String model, long work, Duration took) {
    double now = took.toNanos() / 1e9 / work;
    secondsPerWork.merge(model, now, (old, newest) -> old + NEWEST * (newest - old));
  }

  /** How long so much work takes; null before the model's first job has ended. */
  synchronized @Nullable Duration of(String model, long work) {
    Double seconds = secondsPerWork.get(model);
    return seconds == null ? null : Duration.ofNanos(Math.round(seconds * work * 1e9));
  }
}
