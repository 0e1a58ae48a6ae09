package io.github.tcd4j.evaluation.paper;

import io.github.tcd4j.evaluation.generate.EvaluationPoint;
import io.github.tcd4j.evaluation.measure.Measurement;
import io.github.tcd4j.evaluation.measure.Results;
import io.github.tcd4j.evaluation.metric.Estimate;
import io.github.tcd4j.evaluation.report.Column;
import io.github.tcd4j.evaluation.report.TextTable;
import io.github.tcd4j.evaluation.score.PictureMeasures;
import io.github.tcd4j.pipeline.lora.LoraSpec;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The paper's table 1 of published measures: a row for each method, that is sampler, LoRA and
 * number of steps, grouped by the steps; a column for each measure, the paper's figure next to ours
 * where it has one. ImageReward is times 100 as in the paper.
 *
 * @param results with figures of the registry's measures
 */
record MethodTable(Results results) {
  private static final String COMPLEXITY = "complexity";
  private static final String REWARD = "imagereward";
  private static final double REWARD_FACTOR = 100;

  /** Whether the results have one of the paper's measures. */
  boolean any() {
    return !columns().isEmpty();
  }

  /** The registry's columns, the paper's first. */
  private List<Column> columns() {
    List<String> paper = PictureMeasures.ofThePaper();
    List<Column> published =
        results.columns().stream().filter(c -> !results.protocols(c).isEmpty()).toList();
    List<Column> columns = new ArrayList<>();
    for (String id : paper) {
      published.stream().filter(c -> c.id().equals(id)).forEach(columns::add);
    }
    published.stream().filter(c -> !paper.contains(c.id())).forEach(columns::add);
    return columns;
  }

  TextTable table() {
    List<Column> columns = columns();
    List<String> head = new ArrayList<>(List.of("method", "LoRA", "steps", "NFE"));
    for (Column c : columns) {
      head.add(heading(c));
      if (PictureMeasures.ofThePaper().contains(c.id())) {
        head.add("the paper's");
      }
    }
    List<List<String>> rows = new ArrayList<>();
    results.measurements().stream()
        .filter(m -> m.point() == null)
        .forEach(m -> rows.add(row(m, null, columns)));
    results.points().stream()
        .map(EvaluationPoint::steps)
        .distinct()
        .sorted()
        .forEach(
            steps -> {
              for (Measurement m : results.measurements()) {
                EvaluationPoint point = m.point();
                if (point != null && point.steps() == steps) {
                  rows.add(row(m, point, columns));
                }
              }
            });
    return new TextTable(head, rows);
  }

  /** In the paper's words. */
  private static String heading(Column c) {
    return switch (c.id()) {
      case REWARD -> c.heading() + " x100";
      case COMPLEXITY -> "IC score";
      default -> c.heading();
    };
  }

  private List<String> row(Measurement m, @Nullable EvaluationPoint point, List<Column> columns) {
    List<String> row = new ArrayList<>(List.of(m.label()));
    row.add(point == null ? "" : loras(point));
    row.add(point == null ? "" : Integer.toString(point.steps()));
    row.add(point == null ? "" : Integer.toString(point.evaluations()));
    for (Column c : columns) {
      Estimate e = m.figures().get(c);
      row.add(e == null ? "–" : cell(c, e, point != null && best(c, e, point.steps())));
      if (PictureMeasures.ofThePaper().contains(c.id())) {
        String paper = point == null ? null : PaperNumbers.of(m.label(), point.steps(), c.id());
        row.add(paper == null ? "–" : paper);
      }
    }
    return row;
  }

  private static String loras(EvaluationPoint point) {
    return point.loras().isEmpty()
        ? "none"
        : point.loras().stream().map(MethodTable::lora).collect(Collectors.joining(", "));
  }

  private static String lora(LoraSpec lora) {
    String name = String.valueOf(Path.of(lora.name()).getFileName());
    return lora.weight() == 1 ? name : name + ":" + lora.weight();
  }

  private static String cell(Column c, Estimate e, boolean best) {
    Estimate shown = c.id().equals(REWARD) ? e.times(REWARD_FACTOR) : e;
    int digits = c.id().equals(REWARD) ? 2 : c.id().equals(COMPLEXITY) ? 4 : c.digits();
    String text = String.format(Locale.ROOT, "%." + digits + "f", shown.value());
    return best ? "**" + text + "**" : text;
  }

  /** Whether no other method at that number of steps is better. */
  private boolean best(Column c, Estimate e, int steps) {
    return c.better() != Column.Better.NEITHER
        && results.measurements().stream()
            .filter(m -> m.point() != null && m.point().steps() == steps)
            .map(m -> m.figures().get(c))
            .noneMatch(o -> o != null && c.isBetter(o.value(), e.value()));
  }
}
