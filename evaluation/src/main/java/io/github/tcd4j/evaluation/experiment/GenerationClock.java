package io.github.tcd4j.evaluation.experiment;

import io.github.tcd4j.evaluation.generate.EvaluationPoint;
import io.github.tcd4j.evaluation.generate.ImageCache;
import java.time.Duration;

/**
 * Estimates how long generation will go on: the network evaluations that are left, at the speed of
 * those that this run has made.
 */
final class GenerationClock {
  private final EvaluationListener listener;
  private long left;
  private long computed;
  private long nanos;

  /**
   * @param left network evaluations of all pictures that are missing
   */
  GenerationClock(EvaluationListener listener, long left) {
    this.listener = listener;
    this.left = left;
  }

  /** The progress of one settled point, passed on with the time that all will take. */
  ImageCache.Progress of(EvaluationPoint point) {
    return new ImageCache.Progress() {
      @Override
      public void generated(int done, int total) {
        listener.generated(done, total);
      }

      @Override
      public void computed(int pictures, long took) {
        long evaluations = (long) pictures * point.evaluations();
        left = Math.max(0, left - evaluations);
        computed += evaluations;
        nanos += took;
        listener.remaining(Duration.ofNanos(Math.round((double) left * nanos / computed)));
      }
    };
  }
}
