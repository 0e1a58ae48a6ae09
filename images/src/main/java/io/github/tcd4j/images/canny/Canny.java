package io.github.tcd4j.images.canny;

import io.github.tcd4j.images.Image;
import java.util.ArrayDeque;

/**
 * Edges as {@code cv2.Canny(image, low, high)} finds them: Sobel's 3x3 gradients without blurring
 * before, |dx| + |dy| as their size, of each pixel's channel where it is largest, the first of
 * equals. A pixel that is no maximum across its edge is dropped; those above {@code high} are
 * edges, and those above {@code low} where a chain of such pixels leads to one. The channels are
 * red, green, blue, the order in which the field's Python code gives them to OpenCV; where two have
 * equal gradients, OpenCV's own order, blue first, can give other pixels.
 *
 * @param low lower threshold, at least 0; rounded down
 * @param high upper threshold; the two are exchanged where it is the lower
 */
public record Canny(double low, double high) {
  /** The thresholds of the field's guides: 100 and 200. */
  public static final Canny USUAL = new Canny(100, 200);

  /** No gradient of 8-bit pixels is larger than 8 * 255. */
  private static final double MOST = 1e6;

  /** tan(22.5 degrees) in 15 bits, as OpenCV rounds it. */
  private static final int TANGENT = 13573;

  private static final int SHIFT = 15;

  public Canny {
    if (!(low >= 0 && low <= MOST && high >= 0 && high <= MOST)) {
      throw new IllegalArgumentException(
          "thresholds of edges must be in [0, "
              + (long) MOST
              + "] but were "
              + low
              + " and "
              + high);
    }
  }

  /** White edges on black, of the same size. */
  public Image apply(Image image) {
    int width = image.width();
    int height = image.height();
    boolean[] edges = edges(new Gradients(image));
    byte[] rgb = new byte[3 * width * height];
    for (int k = 0; k < edges.length; k++) {
      byte level = edges[k] ? (byte) 255 : 0;
      rgb[3 * k] = level;
      rgb[3 * k + 1] = level;
      rgb[3 * k + 2] = level;
    }
    return new Image(width, height, rgb);
  }

  private boolean[] edges(Gradients g) {
    int lower = (int) Math.floor(Math.min(low, high));
    int upper = (int) Math.floor(Math.max(low, high));
    boolean[] candidate = new boolean[g.width * g.height];
    boolean[] edge = new boolean[candidate.length];
    ArrayDeque<Integer> open = new ArrayDeque<>();
    for (int y = 0; y < g.height; y++) {
      for (int x = 0; x < g.width; x++) {
        int size = g.size(x, y);
        if (size > lower && isMaximum(g, x, y, size)) {
          int k = y * g.width + x;
          candidate[k] = true;
          if (size > upper) {
            edge[k] = true;
            open.push(k);
          }
        }
      }
    }
    while (!open.isEmpty()) {
      int k = open.pop();
      int x = k % g.width;
      int y = k / g.width;
      for (int ny = Math.max(0, y - 1); ny <= Math.min(g.height - 1, y + 1); ny++) {
        for (int nx = Math.max(0, x - 1); nx <= Math.min(g.width - 1, x + 1); nx++) {
          int next = ny * g.width + nx;
          if (candidate[next] && !edge[next]) {
            edge[next] = true;
            open.push(next);
          }
        }
      }
    }
    return edge;
  }

  /** Among the two neighbours across the edge; of equals in a row the first counts. */
  private static boolean isMaximum(Gradients g, int x, int y, int size) {
    int dx = g.dx[y * g.width + x];
    int dy = g.dy[y * g.width + x];
    int across = Math.abs(dx);
    int down = Math.abs(dy) << SHIFT;
    int shallow = across * TANGENT;
    if (down < shallow) {
      return size > g.size(x - 1, y) && size >= g.size(x + 1, y);
    }
    if (down > shallow + (across << (SHIFT + 1))) {
      return size > g.size(x, y - 1) && size >= g.size(x, y + 1);
    }
    int s = (dx ^ dy) < 0 ? -1 : 1;
    return size > g.size(x - s, y - 1) && size > g.size(x + s, y + 1);
  }
}
