package io.github.tcd4j.evaluation.report;

import java.awt.BasicStroke;
import java.awt.Color;
import java.awt.Font;
import org.knowm.xchart.style.Styler.LegendLayout;
import org.knowm.xchart.style.Styler.LegendPosition;
import org.knowm.xchart.style.XYStyler;
import org.knowm.xchart.style.markers.Marker;
import org.knowm.xchart.style.markers.SeriesMarkers;

/** Colours, fonts and marks of a {@link Plot}. */
final class PlotStyle {
  static final Color INK = new Color(0x33, 0x33, 0x33);

  static final BasicStroke DASHES =
      new BasicStroke(2, BasicStroke.CAP_BUTT, BasicStroke.JOIN_MITER, 10, new float[] {8, 6}, 0);

  private static final Color GRID = new Color(0xE4, 0xE4, 0xE4);
  private static final Color NONE = new Color(0, 0, 0, 0);

  /** Okabe and Ito's palette, which colour-blind readers can tell apart. */
  private static final int[] PALETTE = {
    0xD55E00, 0x0072B2, 0x009E73, 0xCC79A7, 0xE69F00, 0x56B4E9, 0x666666, 0xB8A800, 0x000000,
    0xF0E442
  };

  private static final Marker[] MARKERS = {
    SeriesMarkers.CIRCLE,
    SeriesMarkers.SQUARE,
    SeriesMarkers.DIAMOND,
    SeriesMarkers.TRIANGLE_UP,
    SeriesMarkers.TRIANGLE_DOWN,
    SeriesMarkers.CIRCLE,
    SeriesMarkers.SQUARE,
    SeriesMarkers.DIAMOND,
    SeriesMarkers.TRIANGLE_UP,
    SeriesMarkers.TRIANGLE_DOWN
  };

  private PlotStyle() {}

  static Color color(int index) {
    return new Color(PALETTE[index]);
  }

  static Color faint(Color color) {
    return new Color(color.getRed(), color.getGreen(), color.getBlue(), 40);
  }

  static Marker marker(int index) {
    return MARKERS[index];
  }

  static Font font(int style, int size) {
    return new Font(Font.SANS_SERIF, style, size);
  }

  static void apply(XYStyler styler) {
    styler.setChartBackgroundColor(Color.WHITE);
    styler.setPlotBackgroundColor(Color.WHITE);
    styler.setChartFontColor(INK);
    styler.setChartPadding(24);
    styler.setChartTitleFont(font(Font.BOLD, 24));
    styler.setChartTitleBoxVisible(false);
    styler.setChartTitlePadding(14);
    styler.setLegendFont(font(Font.PLAIN, 18));
    styler.setLegendPosition(LegendPosition.OutsideE);
    styler.setLegendLayout(LegendLayout.Vertical);
    styler.setLegendBorderColor(Color.WHITE);
    styler.setLegendSeriesLineLength(36);
    styler.setLegendPadding(14);
    styler.setMarkerSize(11);
    styler.setPlotBorderVisible(false);
    styler.setPlotContentSize(0.999);
    styler.setPlotGridLinesColor(GRID);
    styler.setPlotGridLinesStroke(new BasicStroke(1));
    styler.setPlotGridVerticalLinesVisible(false);
    styler.setAxisTitleFont(font(Font.PLAIN, 19));
    styler.setAxisTickLabelsFont(font(Font.PLAIN, 17));
    styler.setAxisTickLabelsColor(INK);
    styler.setYAxisTickMarkSpacingHint(70);
    // Kept, so that there is room for the marks that PlotTicks puts in their place.
    styler.setXAxisTickLabelsColor(NONE);
    styler.setXAxisTickMarksColor(NONE);
  }

  /** A vertical axis of powers; its labels are left to {@link PlotTicks}. */
  static void logarithmic(XYStyler styler) {
    styler.setYAxisLogarithmic(true);
    styler.setYAxisTickLabelsColor(NONE);
    styler.setYAxisLeftWidthHint(100);
  }
}
