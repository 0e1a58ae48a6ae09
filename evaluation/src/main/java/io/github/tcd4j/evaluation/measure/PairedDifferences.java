package io.github.tcd4j.evaluation.measure;

import io.github.tcd4j.evaluation.generate.EvaluationPoint;
import io.github.tcd4j.evaluation.metric.Bootstrap;
import io.github.tcd4j.evaluation.metric.Estimate;
import io.github.tcd4j.evaluation.report.Column;
import io.github.tcd4j.evaluation.report.Table;
import io.github.tcd4j.evaluation.score.Difference;
import io.github.tcd4j.evaluation.score.Score;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * One sampler minus each of the others at the same number of steps or of network evaluations. All
 * generated images for the same captions from the same seeds, so the intervals are paired.
 *
 * @param label of the sampler to compare
 * @param bootstrap gives the level of the intervals
 */
public record PairedDifferences(Results results, String label, Bootstrap bootstrap) {
  private static final String ABOUT =
      "- Each row is %s minus another sampler at the same number of steps or of network evaluations"
          + " (NFE, two per step with guidance), on the same captions with the same seeds; the"
          + " intervals are paired, and one that holds 0 shows no difference.\n";

  public Table table() {
    List<Table.Row> rows = new ArrayList<>();
    for (Measurement own : results.measurements()) {
      EvaluationPoint point = own.point();
      if (point == null || !own.label().equals(label)) {
        continue;
      }
      for (Measurement other : results.measurements()) {
        EvaluationPoint others = other.point();
        if (others != null && comparable(point, others) && !other.label().equals(label)) {
          rows.add(
              new Table.Row(
                  List.of(
                      label + " minus " + other.label(),
                      Integer.toString(point.evaluations()),
                      Integer.toString(others.evaluations())),
                  minus(own, other)));
        }
      }
    }
    return new Table(List.of("difference", "NFE", "NFE of the other"), results.columns(), rows);
  }

  private static boolean comparable(EvaluationPoint a, EvaluationPoint b) {
    return a.steps() == b.steps() || a.evaluations() == b.evaluations();
  }

  private Map<Column, Estimate> minus(Measurement own, Measurement other) {
    Map<Column, Estimate> figures = new LinkedHashMap<>();
    for (Column column : results.columns()) {
      Score a = own.scores().get(column);
      Score b = other.scores().get(column);
      if (a != null && b != null) {
        if (a.protocol().equals(b.protocol())) {
          figures.put(column, Difference.paired(a, b, bootstrap).shown());
        }
      } else if (own.figures().containsKey(column) && other.figures().containsKey(column)) {
        figures.put(column, bootstrap.difference(own.figure(column), other.figure(column)));
      }
    }
    return figures;
  }

  public String markdown() {
    return table().markdown() + "\n" + ABOUT.formatted(label) + table().legend();
  }
}
