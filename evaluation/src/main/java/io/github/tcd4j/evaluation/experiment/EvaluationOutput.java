package io.github.tcd4j.evaluation.experiment;

import io.github.tcd4j.evaluation.report.PlotAxis;
import java.nio.file.Path;

/**
 * What an evaluation leaves behind, and where.
 *
 * @param folder for tables, plots and settings
 * @param cache folder for pictures and features, which several evaluations may share
 * @param sheets whether to write a sheet of all pictures of the captions for each point
 * @param axis what the plots are drawn against
 */
public record EvaluationOutput(Path folder, Path cache, boolean sheets, PlotAxis axis) {
  /** All in one folder, without sheets, plotted against evaluations. */
  public static EvaluationOutput in(Path folder) {
    return new EvaluationOutput(folder, folder, false, PlotAxis.EVALUATIONS);
  }

  /** The same with sheets, or without. */
  public EvaluationOutput withSheets(boolean wanted) {
    return new EvaluationOutput(folder, cache, wanted, axis);
  }
}
