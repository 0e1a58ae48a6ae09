package io.github.tcd4j.images.decode;

import java.util.ArrayList;
import java.util.List;

/**
 * The pixels that are stored together: all of them, or those of one of Adam7's seven passes.
 *
 * @param width pixels in a row of the pass
 * @param height rows of the pass
 */
record PngPass(int x0, int y0, int dx, int dy, int width, int height) {
  private static final int[][] ADAM7 = {
    {0, 0, 8, 8}, {4, 0, 8, 8}, {0, 4, 4, 8}, {2, 0, 4, 4}, {0, 2, 2, 4}, {1, 0, 2, 2}, {0, 1, 1, 2}
  };

  /** The passes in the file's order; those without pixels are left out, as in the file. */
  static List<PngPass> of(PngHeader header) {
    if (!header.interlaced()) {
      return List.of(new PngPass(0, 0, 1, 1, header.width(), header.height()));
    }
    List<PngPass> passes = new ArrayList<>();
    for (int[] p : ADAM7) {
      int width = (header.width() - p[0] + p[2] - 1) / p[2];
      int height = (header.height() - p[1] + p[3] - 1) / p[3];
      if (width > 0 && height > 0) {
        passes.add(new PngPass(p[0], p[1], p[2], p[3], width, height));
      }
    }
    return passes;
  }

  int x(int i) {
    return x0 + dx * i;
  }

  int y(int i) {
    return y0 + dy * i;
  }
}
