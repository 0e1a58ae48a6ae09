package io.github.tcd4j.images.canny;

import io.github.tcd4j.images.Image;
import java.util.List;

/**
 * How well the edges of two pictures agree: the harmonic mean (F1) of precision, the share of the
 * second picture's edge pixels near one of the first's, and recall, the share of the first's near
 * one of the second's. Two pixels are near if neither coordinate differs by more than a tolerance.
 *
 * @param canny how edges are found
 * @param tolerance in pixels, at least 0
 */
public record EdgeAgreement(Canny canny, int tolerance) {
  public EdgeAgreement {
    if (tolerance < 0) {
      throw new IllegalArgumentException("the tolerance must be at least 0 but was " + tolerance);
    }
  }

  /** Of the usual edges. */
  public static EdgeAgreement within(int tolerance) {
    return new EdgeAgreement(Canny.USUAL, tolerance);
  }

  /**
   * F1 of two pictures of one size, in [0, 1]: 1 where neither has an edge, 0 where only one has.
   */
  public double of(Image first, Image second) {
    if (first.width() != second.width() || first.height() != second.height()) {
      throw new IllegalArgumentException(
          ("pictures of one size are compared but these have " + first.width() + "x")
              + (first.height() + " and " + second.width() + "x" + second.height()));
    }
    boolean[] wanted = edges(first);
    boolean[] found = edges(second);
    double precision = near(found, wanted, first.width());
    double recall = near(wanted, found, first.width());
    return precision + recall == 0 ? 0 : 2 * precision * recall / (precision + recall);
  }

  /** The mean F1 of pictures of two lists, pair by pair. */
  public double mean(List<Image> first, List<Image> second) {
    double sum = 0;
    for (int i = 0; i < first.size(); i++) {
      sum += of(first.get(i), second.get(i));
    }
    return sum / first.size();
  }

  private boolean[] edges(Image image) {
    byte[] rgb = canny.apply(image).rgb();
    boolean[] edges = new boolean[rgb.length / 3];
    for (int i = 0; i < edges.length; i++) {
      edges[i] = rgb[3 * i] != 0;
    }
    return edges;
  }

  /** Share of {@code edges} that have one of {@code others} near; 1 where there are none. */
  private double near(boolean[] edges, boolean[] others, int width) {
    int all = 0;
    int hits = 0;
    for (int i = 0; i < edges.length; i++) {
      if (edges[i]) {
        all++;
        hits += near(others, i % width, i / width, width) ? 1 : 0;
      }
    }
    return all == 0 ? 1 : (double) hits / all;
  }

  private boolean near(boolean[] edges, int x, int y, int width) {
    int height = edges.length / width;
    for (int v = Math.max(0, y - tolerance); v <= Math.min(height - 1, y + tolerance); v++) {
      for (int u = Math.max(0, x - tolerance); u <= Math.min(width - 1, x + tolerance); u++) {
        if (edges[v * width + u]) {
          return true;
        }
      }
    }
    return false;
  }
}
