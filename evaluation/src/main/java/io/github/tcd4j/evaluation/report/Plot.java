package io.github.tcd4j.evaluation.report;

import io.github.tcd4j.evaluation.metric.Estimate;
import io.github.tcd4j.evaluation.report.Column.Better;
import java.awt.BasicStroke;
import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.image.BufferedImage;
import java.util.ArrayList;
import java.util.Collections;
import java.util.DoubleSummaryStatistics;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.DoubleStream;
import java.util.stream.Stream;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYChartBuilder;
import org.knowm.xchart.XYSeries;
import org.knowm.xchart.XYSeries.XYSeriesRenderStyle;
import org.knowm.xchart.style.markers.SeriesMarkers;

/**
 * A figure against the number of network evaluations, or against gamma: one line for each sampler
 * with its interval as a band, dashed levels to compare with. The horizontal axis is marked where
 * something was measured; the vertical one is logarithmic where the figures are positive and differ
 * by more than {@value #LOG_FROM} times, where lower is better.
 *
 * @param column what is plotted
 * @param axis what it is plotted against
 * @param lines 1 to {@value #MOST}
 * @param levels figures that do not depend on the axis, by name, as of real pictures
 */
public record Plot(Column column, PlotAxis axis, List<Line> lines, Map<String, Estimate> levels) {
  /** One sampler: the figure at each place of the axis. */
  public record Line(String name, NavigableMap<Double, Estimate> points) {
    public Line {
      points = Collections.unmodifiableNavigableMap(new TreeMap<>(points));
    }
  }

  /** Most lines that one plot can tell apart. */
  public static final int MOST = 10;

  static final double LOG_FROM = 5;
  private static final double LOG_TO = 10_000;
  static final int WIDTH = 1200;
  static final int HEIGHT = 750;

  /** What an axis shows: all the values and a little room. */
  private record Span(double low, double high) {
    static Span linear(DoubleStream values) {
      DoubleSummaryStatistics s = values.summaryStatistics();
      double room = s.getMax() > s.getMin() ? (s.getMax() - s.getMin()) * ROOM : 0.5;
      return new Span(s.getMin() - room, s.getMax() + room);
    }

    static Span logarithmic(DoubleStream values) {
      Span logarithms = linear(values.map(Math::log));
      return new Span(Math.exp(logarithms.low()), Math.exp(logarithms.high()));
    }
  }

  private static final double ROOM = 0.05;

  public Plot {
    if (lines.isEmpty() || lines.size() > MOST) {
      throw new IllegalArgumentException(
          "a plot needs 1 to " + MOST + " lines but had " + lines.size());
    }
    for (Line line : lines) {
      if (line.points().isEmpty() || line.points().firstKey() < axis.least()) {
        throw new IllegalArgumentException(
            ("line '" + line.name() + "' needs points at " + PlotAxis.label(axis.least()))
                + (" or more " + axis.title() + " but had " + line.points().keySet()));
      }
    }
    lines = List.copyOf(lines);
    levels = Collections.unmodifiableMap(new TreeMap<>(levels));
  }

  /** The plot as a picture of {@value #WIDTH} x {@value #HEIGHT} pixels; needs no display. */
  public BufferedImage draw() {
    XYChart chart =
        new XYChartBuilder()
            .width(WIDTH)
            .height(HEIGHT)
            .title(column.headline())
            .xAxisTitle(axis.title())
            .yAxisTitle(column.title())
            .build();
    PlotStyle.apply(chart.getStyler());
    Span across = Span.linear(ticks().stream().mapToDouble(axis::place));
    Span up = logarithmic() ? Span.logarithmic(extents()) : Span.linear(extents());
    chart.getStyler().setXAxisMin(across.low()).setXAxisMax(across.high());
    chart.getStyler().setYAxisMin(up.low()).setYAxisMax(up.high());
    if (logarithmic()) {
      PlotStyle.logarithmic(chart.getStyler());
    }
    // Bands first, so that no line disappears under the band of another.
    for (int i = 0; i < lines.size(); i++) {
      addBand(chart, lines.get(i), PlotStyle.color(i));
    }
    levels.forEach((name, level) -> addLevel(chart, name, level, across));
    for (int i = 0; i < lines.size(); i++) {
      addLine(chart, lines.get(i), i);
    }
    BufferedImage image = new BufferedImage(WIDTH, HEIGHT, BufferedImage.TYPE_INT_RGB);
    Graphics2D g = image.createGraphics();
    g.setRenderingHint(RenderingHints.KEY_STROKE_CONTROL, RenderingHints.VALUE_STROKE_PURE);
    chart.paint(g, WIDTH, HEIGHT);
    PlotTicks marks = new PlotTicks(g, chart);
    marks.below(chart.getScreenYFromChart(up.low()), ticks(), axis);
    if (logarithmic()) {
      marks.left(chart.getScreenXFromChart(across.low()), up.low(), up.high());
    }
    g.dispose();
    return image;
  }

  private boolean logarithmic() {
    double low = extents().min().orElseThrow();
    double ratio = extents().max().orElseThrow() / low;
    return column.better() == Better.LOWER && low > 0 && ratio > LOG_FROM && ratio < LOG_TO;
  }

  private DoubleStream extents() {
    return Stream.concat(
            lines.stream().flatMap(line -> line.points().values().stream()),
            levels.values().stream())
        .flatMapToDouble(e -> DoubleStream.of(e.value(), e.low(), e.high()));
  }

  private void addLine(XYChart chart, Line line, int index) {
    double[] x = line.points().keySet().stream().mapToDouble(axis::place).toArray();
    double[] y = line.points().values().stream().mapToDouble(Estimate::value).toArray();
    XYSeries series = chart.addSeries(line.name(), x, y);
    series.setLineColor(PlotStyle.color(index)).setLineStyle(new BasicStroke(3));
    series.setMarker(PlotStyle.marker(index)).setMarkerColor(PlotStyle.color(index));
  }

  private void addBand(XYChart chart, Line line, Color color) {
    List<Double> x = new ArrayList<>();
    List<Double> y = new ArrayList<>();
    line.points()
        .forEach(
            (where, e) -> {
              x.add(axis.place(where));
              y.add(e.high());
            });
    line.points()
        .descendingMap()
        .forEach(
            (where, e) -> {
              x.add(axis.place(where));
              y.add(e.low());
            });
    XYSeries series = chart.addSeries(line.name() + " (interval)", x, y);
    series.setXYSeriesRenderStyle(XYSeriesRenderStyle.PolygonArea);
    series.setFillColor(PlotStyle.faint(color)).setShowInLegend(false);
    series.setLineColor(new Color(0, 0, 0, 0));
    series.setMarker(SeriesMarkers.NONE);
  }

  private static void addLevel(XYChart chart, String name, Estimate level, Span across) {
    double[] x = {across.low(), across.high()};
    XYSeries series = chart.addSeries(name, x, new double[] {level.value(), level.value()});
    series.setLineColor(PlotStyle.INK).setLineStyle(PlotStyle.DASHES);
    series.setMarker(SeriesMarkers.NONE);
  }

  private SortedSet<Double> ticks() {
    TreeSet<Double> ticks = new TreeSet<>();
    lines.forEach(line -> ticks.addAll(line.points().keySet()));
    return ticks;
  }
}
