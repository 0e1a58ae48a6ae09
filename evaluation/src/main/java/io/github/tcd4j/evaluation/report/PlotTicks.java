package io.github.tcd4j.evaluation.report;

import java.awt.Font;
import java.awt.FontMetrics;
import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.math.BigDecimal;
import java.util.SortedSet;
import org.knowm.xchart.XYChart;

/**
 * The labels that XChart would not put where they are wanted: at the numbers of evaluations that
 * occur, and on a logarithmic axis at 1, 2 and 5 times the powers of ten, not at the powers alone.
 */
final class PlotTicks {
  private static final int LENGTH = 6;
  private static final int GAP = 4;

  private final Graphics2D g;
  private final XYChart chart;

  PlotTicks(Graphics2D g, XYChart chart) {
    this.g = g;
    this.chart = chart;
    g.setRenderingHint(
        RenderingHints.KEY_TEXT_ANTIALIASING, RenderingHints.VALUE_TEXT_ANTIALIAS_ON);
    g.setFont(PlotStyle.font(Font.PLAIN, 17));
    g.setColor(PlotStyle.INK);
  }

  /** Marks the horizontal axis, which lies at {@code y} pixels. */
  void below(double y, SortedSet<Double> values, PlotAxis axis) {
    FontMetrics metrics = g.getFontMetrics();
    int top = (int) Math.round(y);
    int free = Integer.MIN_VALUE;
    for (double value : values) {
      int x = (int) Math.round(chart.getScreenXFromChart(axis.place(value)));
      g.drawLine(x, top, x, top + LENGTH);
      String label = PlotAxis.label(value);
      int start = x - metrics.stringWidth(label) / 2;
      if (start > free) {
        g.drawString(label, start, top + LENGTH + GAP + metrics.getAscent());
        free = start + metrics.stringWidth(label) + GAP;
      }
    }
  }

  /** Labels the logarithmic vertical axis, which lies at {@code x} pixels. */
  void left(double x, double low, double high) {
    FontMetrics metrics = g.getFontMetrics();
    int[] digits = high / low > 100 ? new int[] {1} : new int[] {1, 2, 5};
    for (int power = (int) Math.floor(Math.log10(low)); Math.pow(10, power) <= high; power++) {
      for (int digit : digits) {
        BigDecimal value = BigDecimal.valueOf(digit).scaleByPowerOfTen(power);
        if (value.doubleValue() >= low && value.doubleValue() <= high) {
          String label = value.toPlainString();
          double y = chart.getScreenYFromChart(value.doubleValue());
          int start = (int) Math.round(x) - LENGTH - GAP - metrics.stringWidth(label);
          g.drawString(label, start, (int) Math.round(y + metrics.getAscent() * 0.36));
        }
      }
    }
  }
}
