package io.github.tcd4j.evaluation.experiment;

import io.github.tcd4j.evaluation.generate.EvaluationPoint;
import io.github.tcd4j.evaluation.measure.Measurement;
import java.time.Duration;

/** Listens to an evaluation. To cancel it, throw from any of these. */
public interface EvaluationListener {
  /** Ignores everything. */
  EvaluationListener SILENT = new EvaluationListener() {};

  /** Something that the user should know and that is no error, one sentence. */
  default void note(String message) {}

  /**
   * The {@code index}-th of {@code count} points, from 1, is about to be generated and measured.
   */
  default void started(EvaluationPoint point, int index, int count) {}

  /** Of the pictures of one point, {@code done} of {@code total} are there. */
  default void generated(int done, int total) {}

  /** By the speed so far, all pictures that are missing will be there after that time. */
  default void remaining(Duration left) {}

  /**
   * A network has seen some of all generated pictures.
   *
   * @param network its name
   * @param known how many of {@code done} it had seen in an earlier run
   */
  default void scored(String network, int done, int total, int known) {}

  /** The figures of a point, or of the real pictures, are known. */
  default void measured(Measurement measurement) {}
}
