package io.github.tcd4j.data.scenes;

import io.github.tcd4j.data.DataException;
import io.github.tcd4j.images.Image;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;

/**
 * Takes the white background away from artwork that was drawn over it with soft edges. A pixel c of
 * an edge is a mixture a F + (1 - a) 255 of the colour F just inside with white. So background is
 * what the border reaches through white, F is looked for among the pixels further inside, and a and
 * F follow from c: over white the cutout gives the artwork again, over black it has no pale rim.
 * White that the artwork encloses stays.
 *
 * <p>Thresholds are of 8-bit values. White artwork is hardly ever 255, mostly 245 to 250, and edges
 * fall off within two pixels.
 */
final class WhiteRemoval {
  /** How far from 255 the background may be. */
  private static final int WHITE = 1;

  /** Pixels from the background that may be mixed with it. */
  private static final int EDGE = 2;

  /** How far away the colour inside is looked for. */
  private static final int REACH = 3;

  /** A mixture is believed if it misses the pixel by less, or by less than a part of the colour. */
  private static final double MISS = 6;

  private static final double MISS_SHARE = 0.2;

  /** The nearer colour is preferred: a pixel of distance weighs as this much of a miss. */
  private static final double FARNESS = 1.5;

  /** Of two colours that both fit, the fuller one: the other may be a mixture itself. */
  private static final double FULLNESS = 0.1;

  /** Distance from white below which a pixel alone may be a trace of resampling. */
  private static final int PALE = 20;

  private final int width;
  private final int height;

  /** How far each value is from white, (height, width, 3). */
  private final int[] ink;

  /** 0 for background, 1 for what touches it, and so on; EDGE + 1 for all further inside. */
  private final int[] depth;

  WhiteRemoval(Image artwork) {
    width = artwork.width();
    height = artwork.height();
    byte[] rgb = artwork.rgb();
    ink = new int[rgb.length];
    for (int i = 0; i < rgb.length; i++) {
      ink[i] = 255 - (rgb[i] & 0xff);
    }
    depth = depths(background());
    if (Arrays.stream(depth).allMatch(d -> d == 0)) {
      throw new DataException("the artwork is white all over, so there is nothing to cut out");
    }
  }

  private boolean isWhite(int pixel) {
    return Math.max(Math.max(ink[3 * pixel], ink[3 * pixel + 1]), ink[3 * pixel + 2]) <= WHITE;
  }

  /** What the border reaches through white, in four directions. */
  private boolean[] background() {
    boolean[] reached = new boolean[width * height];
    Deque<Integer> next = new ArrayDeque<>();
    for (int y = 0; y < height; y++) {
      for (int x = 0; x < width; x++) {
        if (x == 0 || y == 0 || x == width - 1 || y == height - 1) {
          reach(x, y, reached, next);
        }
      }
    }
    while (!next.isEmpty()) {
      int x = next.peek() % width;
      int y = next.remove() / width;
      reach(x - 1, y, reached, next);
      reach(x + 1, y, reached, next);
      reach(x, y - 1, reached, next);
      reach(x, y + 1, reached, next);
    }
    return reached;
  }

  private void reach(int x, int y, boolean[] reached, Deque<Integer> next) {
    int pixel = y * width + x;
    if (isInside(x, y) && !reached[pixel] && isWhite(pixel)) {
      reached[pixel] = true;
      next.add(pixel);
    }
  }

  private boolean isInside(int x, int y) {
    return x >= 0 && y >= 0 && x < width && y < height;
  }

  private int[] depths(boolean[] background) {
    int[] depths = new int[width * height];
    for (int i = 0; i < depths.length; i++) {
      depths[i] = background[i] ? 0 : EDGE + 1;
    }
    for (int d = 1; d <= EDGE; d++) {
      for (int i = 0; i < depths.length; i++) {
        if (depths[i] > d && touches(i, d - 1, depths)) {
          depths[i] = d;
        }
      }
    }
    return depths;
  }

  private boolean touches(int pixel, int depth, int[] depths) {
    for (int q : around(pixel, 1)) {
      if (depths[q] == depth) {
        return true;
      }
    }
    return false;
  }

  Cutout cutout() {
    float[] rgba = new float[4 * width * height];
    for (int i = 0; i < width * height; i++) {
      if (depth[i] == 0) {
        continue;
      }
      float alpha = (float) alpha(i);
      for (int c = 0; c < 3; c++) {
        // a F = c - (1 - a) 255, written with the distance from white.
        float part = 255 * alpha - ink[3 * i + c];
        rgba[4 * i + c] = Math.max(0, Math.min(255 * alpha, part));
      }
      rgba[4 * i + 3] = alpha;
    }
    return new Cutout(width, height, rgba);
  }

  private double alpha(int pixel) {
    if (depth[pixel] > EDGE || (depth[pixel] == 2 && !fallsOff(pixel))) {
      return 1;
    }
    if (depth[pixel] == 1 && isPale(pixel) && !touches(pixel, 2, depth)) {
      return 0; // What resampling left of a white edge: a line of dots.
    }
    double believed = mixture(pixel);
    return believed < 1 || depth[pixel] > 1 ? believed : faded(pixel);
  }

  /** Whether it is darker than all that lie between it and the background, as a soft edge is. */
  private boolean fallsOff(int pixel) {
    for (int q : around(pixel, 1)) {
      if (depth[q] == 1 && dot(q, q) > dot(pixel, pixel)) {
        return false;
      }
    }
    return true;
  }

  private boolean isPale(int pixel) {
    return dot(pixel, pixel) <= 3 * PALE * PALE;
  }

  /** The share of the colour inside that explains this pixel best; 1 where none does. */
  private double mixture(int pixel) {
    double least = Double.MAX_VALUE;
    double alpha = 1;
    double limit = Math.max(MISS, MISS_SHARE * Math.sqrt(dot(pixel, pixel)));
    for (int q : around(pixel, REACH)) {
      if (depth[q] < depth[pixel]) {
        continue;
      }
      double share = dot(pixel, q) / Math.max(1, dot(q, q));
      double miss = miss(pixel, q, share);
      double cost = miss + FARNESS * distance(pixel, q) - FULLNESS * Math.sqrt(dot(q, q));
      if (share < 1 && miss < limit && cost < least) {
        least = cost;
        alpha = share;
      }
    }
    return alpha;
  }

  /**
   * As opaque as it is dark in comparison with what lies inside, so that no outermost pixel is a
   * pale rim.
   */
  private double faded(int pixel) {
    double inside = 0;
    int n = 0;
    for (int q : around(pixel, 2)) {
      if (depth[q] >= 2) {
        inside += Math.sqrt(dot(q, q));
        n++;
      }
    }
    return n == 0 ? 1 : Math.min(1, Math.sqrt(dot(pixel, pixel)) * n / Math.max(1, inside));
  }

  /** The pixels at most so many columns and rows away. */
  private int[] around(int pixel, int reach) {
    int x = pixel % width;
    int y = pixel / width;
    int[] found = new int[(2 * reach + 1) * (2 * reach + 1)];
    int n = 0;
    for (int v = Math.max(0, y - reach); v <= Math.min(height - 1, y + reach); v++) {
      for (int u = Math.max(0, x - reach); u <= Math.min(width - 1, x + reach); u++) {
        found[n++] = v * width + u;
      }
    }
    return Arrays.copyOf(found, n);
  }

  private double distance(int p, int q) {
    int dx = p % width - q % width;
    int dy = p / width - q / width;
    return Math.sqrt(dx * dx + dy * dy); // Unlike hypot, the same bits everywhere.
  }

  private double miss(int pixel, int q, double share) {
    double sum = 0;
    for (int c = 0; c < 3; c++) {
      double d = ink[3 * pixel + c] - share * ink[3 * q + c];
      sum += d * d;
    }
    return Math.sqrt(sum);
  }

  private double dot(int p, int q) {
    return (double) ink[3 * p] * ink[3 * q]
        + (double) ink[3 * p + 1] * ink[3 * q + 1]
        + (double) ink[3 * p + 2] * ink[3 * q + 2];
  }
}
