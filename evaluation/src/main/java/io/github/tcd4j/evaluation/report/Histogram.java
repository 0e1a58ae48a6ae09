package io.github.tcd4j.evaluation.report;

import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.image.BufferedImage;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYChartBuilder;
import org.knowm.xchart.XYSeries;
import org.knowm.xchart.XYSeries.XYSeriesRenderStyle;
import org.knowm.xchart.style.markers.SeriesMarkers;

/**
 * How often a figure of single pictures has each value: one outline a set of pictures.
 *
 * @param column what is plotted
 * @param sets the values by the name of the set, 1 to {@value Plot#MOST}
 */
@SuppressWarnings("ArrayRecordComponent") // Bulk data; equality of content is not asked for.
public record Histogram(Column column, Map<String, double[]> sets) {
  private static final int MOST_BINS = 40;
  private static final int HEIGHT = 500;

  public Histogram {
    sets = new LinkedHashMap<>(sets);
    if (sets.isEmpty() || sets.size() > Plot.MOST) {
      throw new IllegalArgumentException(
          "a histogram needs 1 to " + Plot.MOST + " sets but had " + sets.size());
    }
  }

  /** The plot as a picture; needs no display. */
  public BufferedImage draw() {
    XYChart chart =
        new XYChartBuilder()
            .width(Plot.WIDTH)
            .height(HEIGHT)
            .title(column.headline())
            .xAxisTitle(column.title())
            .yAxisTitle("share of pictures")
            .build();
    PlotStyle.apply(chart.getStyler());
    double[] all = sets.values().stream().flatMapToDouble(Arrays::stream).toArray();
    double low = Arrays.stream(all).min().orElse(0);
    double high = Arrays.stream(all).max().orElse(1);
    double width = high > low ? (high - low) / bins() : 1;
    chart.getStyler().setXAxisMin(low).setXAxisMax(Math.max(high, low + width));
    chart.getStyler().setYAxisMin(0.0);
    int index = 0;
    for (Map.Entry<String, double[]> set : sets.entrySet()) {
      addSteps(chart, set.getKey(), shares(set.getValue(), low, width), low, width, index++);
    }
    BufferedImage image = new BufferedImage(Plot.WIDTH, HEIGHT, BufferedImage.TYPE_INT_RGB);
    Graphics2D g = image.createGraphics();
    chart.paint(g, Plot.WIDTH, HEIGHT);
    g.dispose();
    return image;
  }

  /** As many as the root of the values, at least 5. */
  private int bins() {
    int most = sets.values().stream().mapToInt(v -> v.length).max().orElse(1);
    return Math.max(5, Math.min(MOST_BINS, (int) Math.ceil(Math.sqrt(most))));
  }

  private double[] shares(double[] values, double low, double width) {
    double[] shares = new double[bins()];
    for (double v : values) {
      shares[Math.min(shares.length - 1, (int) ((v - low) / width))] += 1.0 / values.length;
    }
    return shares;
  }

  private static void addSteps(
      XYChart chart, String name, double[] shares, double low, double width, int index) {
    List<Double> x = new ArrayList<>();
    List<Double> y = new ArrayList<>();
    for (int i = 0; i < shares.length; i++) {
      x.add(low + i * width);
      y.add(shares[i]);
      x.add(low + (i + 1) * width);
      y.add(shares[i]);
    }
    XYSeries series = chart.addSeries(name, x, y);
    Color color = PlotStyle.color(index);
    series.setXYSeriesRenderStyle(XYSeriesRenderStyle.Area);
    series.setLineColor(color).setFillColor(PlotStyle.faint(color));
    series.setMarker(SeriesMarkers.NONE);
  }
}
