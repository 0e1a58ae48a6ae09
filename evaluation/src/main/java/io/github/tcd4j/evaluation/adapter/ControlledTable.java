package io.github.tcd4j.evaluation.adapter;

import io.github.tcd4j.evaluation.metric.Bootstrap;
import io.github.tcd4j.evaluation.metric.Estimate;
import io.github.tcd4j.evaluation.report.Column;
import io.github.tcd4j.evaluation.report.Table;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * Means over the same pictures in several ways of generating, and paired differences of some of
 * them to their controls.
 *
 * @param key what the rows are
 * @param columns the figures
 * @param rows for each column one value a picture
 */
record ControlledTable(String key, List<Column> columns, Map<String, List<double[]>> rows) {
  /** Two rows of which the difference is a row of its own. */
  record Difference(String measured, String control) {}

  Table table(Bootstrap bootstrap, List<Difference> differences) {
    Map<String, Map<Column, Estimate>> estimates = new LinkedHashMap<>();
    rows.forEach((row, values) -> estimates.put(row, estimates(values, bootstrap)));
    List<Table.Row> lines = new ArrayList<>();
    estimates.forEach((row, figures) -> lines.add(new Table.Row(List.of(row), figures)));
    for (Difference d : differences) {
      Map<Column, Estimate> own = Objects.requireNonNull(estimates.get(d.measured));
      Map<Column, Estimate> other = Objects.requireNonNull(estimates.get(d.control));
      Map<Column, Estimate> difference = new LinkedHashMap<>();
      own.forEach(
          (column, figure) -> {
            Estimate against = other.get(column);
            if (against != null) {
              difference.put(column, bootstrap.difference(figure, against));
            }
          });
      lines.add(new Table.Row(List.of(d.measured + " minus " + d.control), difference));
    }
    return new Table(List.of(key), columns, lines);
  }

  private Map<Column, Estimate> estimates(List<double[]> values, Bootstrap bootstrap) {
    Map<Column, Estimate> figures = new LinkedHashMap<>();
    for (int k = 0; k < columns.size(); k++) {
      if (values.get(k).length > 0) {
        figures.put(columns.get(k), bootstrap.mean(values.get(k)));
      }
    }
    return figures;
  }
}
