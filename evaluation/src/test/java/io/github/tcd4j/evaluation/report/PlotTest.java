package io.github.tcd4j.evaluation.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.tcd4j.evaluation.metric.Estimate;
import io.github.tcd4j.evaluation.report.Column.Better;
import java.awt.Rectangle;
import java.awt.image.BufferedImage;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class PlotTest {
  private static final Column FD = new Column("fd", "FD", Better.LOWER, 1, "");
  private static final Plot.Line TCD = line("TCD", 14.66, 12.68, 13.64, 13.56);
  private static final Plot.Line LCM = line("LCM", 16.15, 15.03, 16.93, 18.13);
  private static final Plot.Line DDIM = line("DDIM", 105.98, 44.86, 17.62, 13.60);

  private static Plot.Line line(String name, double... values) {
    NavigableMap<Double, Estimate> points = new TreeMap<>();
    double[] steps = {2, 4, 8, 20};
    for (int i = 0; i < values.length; i++) {
      double spread = Math.abs(values[i]) * 0.05;
      points.put(steps[i], new Estimate(values[i], values[i] - spread, values[i] + spread));
    }
    return new Plot.Line(name, points);
  }

  private static BufferedImage draw(Plot.Line... lines) {
    return new Plot(FD, PlotAxis.EVALUATIONS, List.of(lines), Map.of()).draw();
  }

  /** The smallest frame around the pixels of a colour; empty where there is none. */
  private static Rectangle frame(BufferedImage image, int rgb) {
    Rectangle frame = new Rectangle();
    for (int y = 0; y < image.getHeight(); y++) {
      for (int x = 0; x < image.getWidth(); x++) {
        if ((image.getRGB(x, y) & 0xFFFFFF) == rgb) {
          frame = frame.isEmpty() ? new Rectangle(x, y, 1, 1) : frame.union(pixel(x, y));
        }
      }
    }
    return frame;
  }

  private static Rectangle pixel(int x, int y) {
    return new Rectangle(x, y, 1, 1);
  }

  private static Rectangle lineOf(BufferedImage image, int index) {
    // The legend stands on the right and repeats the colours.
    BufferedImage plot = image.getSubimage(0, 0, 960, image.getHeight());
    return frame(plot, PlotStyle.color(index).getRGB() & 0xFFFFFF);
  }

  @Test
  void thePictureHasItsSizeAndEveryLineIsOnIt() {
    BufferedImage image = draw(TCD, LCM);
    assertThat(image.getWidth()).isEqualTo(Plot.WIDTH);
    assertThat(image.getHeight()).isEqualTo(Plot.HEIGHT);
    assertThat(image.getRGB(2, 2) & 0xFFFFFF).isEqualTo(0xFFFFFF);
    for (int i = 0; i < 2; i++) {
      assertThat(lineOf(image, i).width).isGreaterThan(600);
      assertThat(lineOf(image, i).height).isGreaterThan(50);
    }
  }

  @Test
  void theLowerFigureLiesLower() {
    BufferedImage image = draw(TCD, LCM);
    assertThat(lineOf(image, 0).getCenterY()).isGreaterThan(lineOf(image, 1).getCenterY() + 50);
  }

  @Test
  void figuresFarApartShareALogarithmicAxisOnWhichTheLowOnesStayApart() {
    BufferedImage image = draw(TCD, LCM, DDIM);
    // On a linear axis the 5.5 between the highest and lowest of them would be 31 pixels.
    assertThat(lineOf(image, 1).union(lineOf(image, 0)).height).isGreaterThan(80);
  }

  @Test
  void figuresBelowZeroKeepALinearAxis() {
    assertThat(lineOf(draw(line("KID", -0.5, 40, 3, 2)), 0).height).isGreaterThan(400);
  }

  @Test
  void aLevelIsDrawnFromSideToSide() {
    Plot plot =
        new Plot(
            FD, PlotAxis.EVALUATIONS, List.of(LCM), Map.of("real pictures", Estimate.exact(18)));
    BufferedImage image = plot.draw();
    Rectangle ink = frame(image.getSubimage(130, 70, 760, 560), PlotStyle.INK.getRGB() & 0xFFFFFF);
    assertThat(ink.width).isGreaterThan(700);
    assertThat(ink.height).isLessThan(5);
  }

  @Test
  void againstGammaTheAxisIsLinearAndBeginsAtZero() {
    NavigableMap<Double, Estimate> points = new TreeMap<>();
    for (double gamma : new double[] {0, 0.1, 1}) {
      points.put(gamma, Estimate.exact(gamma == 0.1 ? 2 : 1));
    }
    Plot plot = new Plot(FD, PlotAxis.GAMMA, List.of(new Plot.Line("4", points)), Map.of());
    Rectangle line = lineOf(plot.draw(), 0);
    int peak = 0;
    BufferedImage image = plot.draw();
    for (int x = line.x; x < line.x + line.width; x++) {
      Rectangle column =
          frame(image.getSubimage(x, line.y, 1, 20), PlotStyle.color(0).getRGB() & 0xFFFFFF);
      peak = column.isEmpty() ? peak : x;
    }
    assertThat((double) (peak - line.x) / line.width).isBetween(0.08, 0.16);
  }

  @Test
  void onePointAloneCanBePlotted() {
    BufferedImage image = draw(line("TCD", 5));
    assertThat(lineOf(image, 0).isEmpty()).isFalse();
  }

  @Test
  void aPlotNeedsLinesThatCanBeToldApart() {
    assertThatThrownBy(() -> new Plot(FD, PlotAxis.EVALUATIONS, List.of(), Map.of()))
        .hasMessage("a plot needs 1 to 10 lines but had 0");
    assertThatThrownBy(
            () -> new Plot(FD, PlotAxis.EVALUATIONS, Collections.nCopies(11, TCD), Map.of()))
        .hasMessage("a plot needs 1 to 10 lines but had 11");
    assertThatThrownBy(() -> draw(line("TCD")))
        .hasMessage("line 'TCD' needs points at 1 or more network evaluations but had []");
  }
}
