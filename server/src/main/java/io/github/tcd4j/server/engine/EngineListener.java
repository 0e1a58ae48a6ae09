package io.github.tcd4j.server.engine;

import io.github.tcd4j.server.sharing.SharedSize;
import io.github.tcd4j.server.sharing.SharingDecision;
import java.time.Duration;

/**
 * Learns what the engine does, for metrics, logs and profilers. Called by the engine, one call at a
 * time, and by those who cancel a job that waits or meet a fault; must be quick and must not throw.
 */
public interface EngineListener {
  /** Learns nothing. */
  EngineListener NONE = new EngineListener() {};

  /** A job has left the queue. */
  default void started(Job job) {}

  /** A step of a job has been taken. */
  default void step(Job job, Duration took) {}

  /** A network has been evaluated for so many rows, of one job or of several. */
  default void evaluated(ServedModel model, int rows) {}

  /** It was measured, and decided, whether jobs of a model and size share steps. */
  default void measured(SharedSize size, SharingDecision decision) {}

  /** A job has ended, whatever the end. */
  default void ended(Job job) {}

  /** Something failed by a fault of this program, or of the machine. */
  default void unexpected(Throwable e) {}

  /** A model's networks are in memory. */
  default void loaded(ServedModel model, Duration took) {}

  /** A model's networks are in memory no more. */
  default void freed(ServedModel model) {}

  /** One that passes everything on to several. */
  static EngineListener all(Iterable<EngineListener> listeners) {
    return new EngineListener() {
      @Override
      public void started(Job job) {
        listeners.forEach(l -> l.started(job));
      }

      @Override
      public void step(Job job, Duration took) {
        listeners.forEach(l -> l.step(job, took));
      }

      @Override
      public void evaluated(ServedModel model, int rows) {
        listeners.forEach(l -> l.evaluated(model, rows));
      }

      @Override
      public void measured(SharedSize size, SharingDecision decision) {
        listeners.forEach(l -> l.measured(size, decision));
      }

      @Override
      public void ended(Job job) {
        listeners.forEach(l -> l.ended(job));
      }

      @Override
      public void unexpected(Throwable e) {
        listeners.forEach(l -> l.unexpected(e));
      }

      @Override
      public void loaded(ServedModel model, Duration took) {
        listeners.forEach(l -> l.loaded(model, took));
      }

      @Override
      public void freed(ServedModel model) {
        listeners.forEach(l -> l.freed(model));
      }
    };
  }
}
