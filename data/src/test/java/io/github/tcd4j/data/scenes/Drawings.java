package io.github.tcd4j.data.scenes;

import io.github.tcd4j.data.CaptionedImage;
import io.github.tcd4j.data.Dataset;
import io.github.tcd4j.data.InMemoryDataset;
import io.github.tcd4j.images.Image;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Artwork for tests: ellipses with soft edges, whose true alpha is known, and what ships. */
final class Drawings {
  static final int SIZE = 64;

  /** Points of a pixel by which the share inside of a shape is counted, across and down. */
  private static final int POINTS = 8;

  private static Artwork shipped;

  private Drawings() {}

  /** Concepts a, b, c ... of six styles each, from which every part of it can be identified. */
  static Artwork artwork(int concepts) {
    List<CaptionedImage> images = new ArrayList<>();
    for (int c = 0; c < concepts; c++) {
      for (int s = 0; s < 6; s++) {
        Image image = onWhite(alpha(20 + s, 26 - s), new int[] {40 * s, 10 + c, 90});
        images.add(captioned("thing " + c + ", no " + s + " style", image));
      }
    }
    return Artwork.of(Dataset.of(images));
  }

  /** What ships in the repository. */
  static synchronized Artwork shipped() {
    if (shipped == null) {
      shipped = Artwork.of(InMemoryDataset.read(Path.of("../emoji/data/train")));
    }
    return shipped;
  }

  static CaptionedImage captioned(String caption, Image image) {
    int n = image.width() * image.height();
    byte[] planes = new byte[3 * n];
    for (int i = 0; i < 3 * n; i++) {
      planes[i % 3 * n + i / 3] = image.rgb()[i];
    }
    return new CaptionedImage(caption, planes, image.width(), image.height(), caption, Map.of());
  }

  /** Share of each pixel inside of an ellipse in the middle. */
  static double[] alpha(double radiusX, double radiusY) {
    double[] alpha = new double[SIZE * SIZE];
    for (int i = 0; i < alpha.length; i++) {
      int inside = 0;
      for (int p = 0; p < POINTS * POINTS; p++) {
        double x = (i % SIZE + (p % POINTS + 0.5) / POINTS - SIZE / 2.0) / radiusX;
        double y = (i / SIZE + (p / POINTS + 0.5) / POINTS - SIZE / 2.0) / radiusY;
        inside += x * x + y * y < 1 ? 1 : 0;
      }
      alpha[i] = inside / (double) (POINTS * POINTS);
    }
    return alpha;
  }

  static Image onWhite(double[] alpha, int[] colour) {
    return over(alpha, colour, 255);
  }

  static Image over(double[] alpha, int[] colour, int background) {
    byte[] rgb = new byte[3 * alpha.length];
    for (int i = 0; i < rgb.length; i++) {
      double a = alpha[i / 3];
      rgb[i] = (byte) Math.round(a * colour[i % 3] + (1 - a) * background);
    }
    return new Image(SIZE, SIZE, rgb);
  }
}
