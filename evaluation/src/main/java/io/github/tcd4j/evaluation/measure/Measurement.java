package io.github.tcd4j.evaluation.measure;

import io.github.tcd4j.evaluation.generate.EvaluationPoint;
import io.github.tcd4j.evaluation.metric.Estimate;
import io.github.tcd4j.evaluation.report.Column;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The figures of one point, or of real pictures.
 *
 * @param point null for real pictures
 */
public record Measurement(
    String label, @Nullable EvaluationPoint point, Map<Column, Estimate> figures) {
  public Measurement {
    figures = Map.copyOf(figures);
  }

  public static Measurement of(EvaluationPoint point, Map<Column, Estimate> figures) {
    return new Measurement(point.label(), point, figures);
  }

  /** A figure that this measurement has. */
  public Estimate figure(Column column) {
    Estimate e = figures.get(column);
    if (e == null) {
      throw new IllegalArgumentException(label + " has no " + column.title());
    }
    return e;
  }
}
