package io.github.tcd4j.evaluation.measure;

import io.github.tcd4j.evaluation.generate.EvaluationPoint;
import io.github.tcd4j.evaluation.metric.Estimate;
import io.github.tcd4j.evaluation.report.Column;
import io.github.tcd4j.evaluation.report.Column.Better;
import io.github.tcd4j.evaluation.report.Plot;
import io.github.tcd4j.evaluation.report.PlotAxis;
import io.github.tcd4j.evaluation.report.Table;
import io.github.tcd4j.evaluation.score.Score;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;

/** The figures of an experiment, in the order in which they were measured. */
public record Results(List<Column> columns, List<Measurement> measurements) {
  private static final String REAL =
      "- **real pictures**: those of the same captions, as they are and through the model's"
          + " autoencoder; FD and KID of them are a floor that no generator is expected to go below, the"
          + " lower where they are among the pictures that are compared with (KID falls below 0).\n";

  public Results {
    columns = List.copyOf(columns);
    measurements = List.copyOf(measurements);
  }

  /** These results after one more measurement. */
  public Results with(Measurement measurement) {
    List<Measurement> more = new ArrayList<>(measurements);
    more.add(measurement);
    return new Results(columns, more);
  }

  /** The points that were measured, with their defaults filled in. */
  public List<EvaluationPoint> points() {
    return measurements.stream().map(Measurement::point).filter(Objects::nonNull).toList();
  }

  /** The table, what its columns mean, and what is to be known of the row of real pictures. */
  public String markdown() {
    String text = table().markdown() + "\n" + legend();
    boolean real = measurements.stream().anyMatch(m -> m.point() == null);
    return real ? text + REAL : text;
  }

  /** What the columns mean, and the protocols of those that have one. */
  public String legend() {
    StringBuilder text = new StringBuilder(table().legend());
    for (Column column : columns) {
      for (String protocol : protocols(column)) {
        text.append("- Protocol of ").append(column.title()).append(": `");
        text.append(protocol).append("`\n");
      }
    }
    return text.toString();
  }

  /** The protocols of a column's figures: one, unless some of their pictures could not be read. */
  public Set<String> protocols(Column column) {
    Set<String> protocols = new LinkedHashSet<>();
    for (Measurement m : measurements) {
      Score score = m.scores().get(column);
      if (score != null) {
        protocols.add(score.protocol());
      }
    }
    return protocols;
  }

  /** {@link #table} as CSV, with the protocol of each figure that has one. */
  public String csv() {
    List<Column> known = columns.stream().filter(c -> !protocols(c).isEmpty()).toList();
    List<List<String>> texts = new ArrayList<>();
    for (Measurement m : measurements) {
      List<String> row = new ArrayList<>();
      for (Column c : known) {
        Score score = m.scores().get(c);
        row.add(score == null ? "" : score.protocol());
      }
      texts.add(row);
    }
    return table().csv(known.stream().map(c -> c.id() + "_protocol").toList(), texts);
  }

  /**
   * These results with more figures of each measurement.
   *
   * @param more for each measurement, in their order
   */
  public Results with(List<Column> further, List<List<Score>> more) {
    List<Column> all = new ArrayList<>(columns);
    all.addAll(further);
    List<Measurement> known = new ArrayList<>();
    for (int i = 0; i < measurements.size(); i++) {
      known.add(measurements.get(i).with(more.get(i)));
    }
    return new Results(all, known);
  }

  /** One row for each measurement; NFE is the number of network evaluations. */
  public Table table() {
    return new Table(
        List.of("sampler", "guidance", "NFE"),
        columns,
        measurements.stream().map(Results::row).toList());
  }

  private static Table.Row row(Measurement m) {
    EvaluationPoint point = m.point();
    if (point == null) {
      return new Table.Row(List.of(m.label(), "", ""), m.figures());
    }
    String guidance = point.guidance() == null ? "default" : trimmed(point.guidance());
    return new Table.Row(
        List.of(m.label(), guidance, Integer.toString(point.evaluations())), m.figures());
  }

  private static String trimmed(double value) {
    return value <= 1 ? "off" : Double.toString(value).replaceAll("\\.0$", "");
  }

  /**
   * A figure against evaluations, one line for each label; or against gamma, one line for each
   * number of evaluations. Real pictures become a dashed level, except where lower is better: there
   * they would flatten the rest.
   */
  public Plot plot(Column column, PlotAxis axis) {
    Map<String, Estimate> levels = new LinkedHashMap<>();
    for (Measurement m : measurements) {
      Estimate e = m.figures().get(column);
      if (e != null && m.point() == null && column.better() != Better.LOWER) {
        levels.put(m.label(), e);
      }
    }
    return new Plot(column, axis, lines(column, axis), levels);
  }

  /** The lines of {@link #plot}, which may be more than a plot can have. */
  public List<Plot.Line> lines(Column column, PlotAxis axis) {
    boolean gamma = axis == PlotAxis.GAMMA;
    Map<String, NavigableMap<Double, Estimate>> lines = new LinkedHashMap<>();
    for (Measurement m : measurements) {
      Estimate e = m.figures().get(column);
      EvaluationPoint point = m.point();
      double at = point == null ? Double.NaN : gamma ? point.constantGamma() : point.evaluations();
      if (e != null && point != null && !Double.isNaN(at)) {
        String line = gamma ? point.evaluations() + " evaluations" : m.label();
        lines.computeIfAbsent(line, l -> new TreeMap<>()).put(at, e);
      }
    }
    return lines.entrySet().stream().map(l -> new Plot.Line(l.getKey(), l.getValue())).toList();
  }

  /** The columns for which there is something to plot. */
  public List<Column> plottable() {
    return columns.stream()
        .filter(
            c ->
                measurements.stream()
                    .anyMatch(m -> m.point() != null && m.figures().containsKey(c)))
        .toList();
  }

  /** The measurement that is best in a column; fails where there is no figure. */
  public Measurement best(Column column) {
    Measurement best = null;
    for (Measurement m : measurements) {
      if (m.figures().containsKey(column)
          && (best == null
              || column.isBetter(m.figure(column).value(), best.figure(column).value()))) {
        best = m;
      }
    }
    if (best == null) {
      throw new IllegalArgumentException("nothing was measured of " + column.title());
    }
    return best;
  }
}
