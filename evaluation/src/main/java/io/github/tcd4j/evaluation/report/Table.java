package io.github.tcd4j.evaluation.report;

import io.github.tcd4j.evaluation.metric.Estimate;
import java.util.List;
import java.util.Map;
import java.util.StringJoiner;

/**
 * Rows of figures under named columns, written as Markdown for people and as CSV for programs.
 *
 * @param keys headings of the columns that say what a row is, as {@code sampler}, {@code steps}
 * @param columns the figures
 * @param rows each with one text for every key and the figures that were measured
 */
public record Table(List<String> keys, List<Column> columns, List<Row> rows) {
  /** One line; a figure that was not measured is absent from the map. */
  public record Row(List<String> keys, Map<Column, Estimate> figures) {
    public Row {
      keys = List.copyOf(keys);
      figures = Map.copyOf(figures);
    }
  }

  public Table {
    keys = List.copyOf(keys);
    columns = List.copyOf(columns);
    rows = List.copyOf(rows);
    for (Row row : rows) {
      if (row.keys().size() != keys.size()) {
        throw new IllegalArgumentException(
            "a row needs a text for each of " + keys + " but had " + row.keys());
      }
    }
  }

  /** A Markdown table; figures as {@code value [low, high]}, a dash where there is none. */
  public String markdown() {
    StringBuilder out = new StringBuilder();
    StringJoiner head = new StringJoiner(" | ", "| ", " |\n");
    StringJoiner rule = new StringJoiner(" | ", "| ", " |\n");
    keys.forEach(key -> head.add(escape(key)));
    keys.forEach(key -> rule.add("---"));
    columns.forEach(column -> head.add(escape(column.heading())));
    columns.forEach(column -> rule.add("---:"));
    out.append(head).append(rule);
    for (Row row : rows) {
      StringJoiner line = new StringJoiner(" | ", "| ", " |\n");
      row.keys().forEach(key -> line.add(escape(key)));
      for (Column column : columns) {
        Estimate e = row.figures().get(column);
        line.add(e == null ? "–" : e.format(column.digits()));
      }
      out.append(line);
    }
    return out.toString();
  }

  /** A Markdown list that says what each figure is. */
  public String legend() {
    StringBuilder out = new StringBuilder();
    columns.forEach(c -> out.append("- **" + c.title() + "**: " + c.about() + "\n"));
    return out.toString();
  }

  /**
   * CSV (RFC 4180, but lines end in LF): every figure in full precision in three columns, {@code
   * id}, {@code id_low}, {@code id_high}; empty where there is none.
   */
  public String csv() {
    return csv(List.of(), rows.stream().map(r -> List.<String>of()).toList());
  }

  /**
   * The same with columns of texts after the figures.
   *
   * @param heads of these columns
   * @param texts for each row one a column
   */
  public String csv(List<String> heads, List<List<String>> texts) {
    StringBuilder out = new StringBuilder();
    StringJoiner head = new StringJoiner(",", "", "\n");
    keys.forEach(key -> head.add(quote(key)));
    columns.forEach(c -> head.add(c.id()).add(c.id() + "_low").add(c.id() + "_high"));
    heads.forEach(h -> head.add(quote(h)));
    out.append(head);
    for (int i = 0; i < rows.size(); i++) {
      Row row = rows.get(i);
      StringJoiner line = new StringJoiner(",", "", "\n");
      row.keys().forEach(key -> line.add(quote(key)));
      for (Column column : columns) {
        Estimate e = row.figures().get(column);
        line.add(e == null ? ",," : e.value() + "," + e.low() + "," + e.high());
      }
      texts.get(i).forEach(t -> line.add(quote(t)));
      out.append(line);
    }
    return out.toString();
  }

  private static String escape(String text) {
    return text.replace("|", "\\|").replace('\n', ' ');
  }

  private static String quote(String text) {
    return text.matches("(?s).*[\",\r\n].*") ? '"' + text.replace("\"", "\"\"") + '"' : text;
  }
}
