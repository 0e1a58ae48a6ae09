package io.github.tcd4j.evaluation.measure;

import io.github.tcd4j.evaluation.generate.EvaluationPoint;
import io.github.tcd4j.evaluation.metric.Estimate;
import io.github.tcd4j.evaluation.report.Column;
import io.github.tcd4j.evaluation.score.Score;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The figures of one point, or of real pictures.
 *
 * @param point null for real pictures
 * @param figures as they are shown
 * @param scores those among them that have a protocol
 */
public record Measurement(
    String label,
    @Nullable EvaluationPoint point,
    Map<Column, Estimate> figures,
    Map<Column, Score> scores) {
  public Measurement {
    figures = Map.copyOf(figures);
    scores = Map.copyOf(scores);
  }

  /** Figures without protocols. */
  public Measurement(String label, @Nullable EvaluationPoint point, Map<Column, Estimate> figures) {
    this(label, point, figures, Map.of());
  }

  /** The same with more figures. */
  public Measurement with(List<Score> more) {
    Map<Column, Estimate> all = new LinkedHashMap<>(figures);
    Map<Column, Score> known = new LinkedHashMap<>(scores);
    for (Score s : more) {
      all.put(s.column(), s.shown());
      known.put(s.column(), s);
    }
    return new Measurement(label, point, all, known);
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
