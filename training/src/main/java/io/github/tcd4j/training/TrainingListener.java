package io.github.tcd4j.training;

import java.util.Map;

/** Follows a run, and can end it. */
public interface TrainingListener {
  /** Ignores everything and cancels nothing. */
  TrainingListener NONE = new TrainingListener() {};

  /** One sentence for people: what was read, what was dropped, what looks wrong. */
  default void note(String sentence) {}

  /**
   * Called once before the first step.
   *
   * @param step steps that were done before, greater than 0 where a run resumes
   * @param total steps of the whole run
   */
  default void started(long step, long total) {}

  /**
   * Called after each step.
   *
   * @param step steps done
   * @param examples that this step has seen
   * @param loss the mean over the step's micro-batches
   * @param figures what the log has of the step, the loss included
   */
  default void stepped(long step, int examples, double loss, Map<String, Double> figures) {}

  /**
   * Called after each measurement on the run's fixed examples, in float32.
   *
   * @param step steps done; 0 before the first
   * @param figures errors by name, {@code loss} among them; smaller is better
   * @param first the same as the run began
   */
  default void probed(long step, Map<String, Double> figures, Map<String, Double> first) {}

  /** Called after each sample, with its figures, which may be none. */
  default void sampled(long step, Map<String, Double> figures) {}

  /**
   * Called now and then while data are read and encoded, before the first step; an exception ends
   * the run.
   */
  default void check() {}

  /** Evaluated before each step; where it is true the run writes a checkpoint and ends. */
  default boolean cancelled() {
    return false;
  }
}
