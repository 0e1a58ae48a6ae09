package io.github.tcd4j.images.canny;

import io.github.tcd4j.images.Image;

/** Sobel's gradients of a picture, edge pixels continued outwards, of the strongest channel. */
final class Gradients {
  final int width;
  final int height;
  final int[] dx;
  final int[] dy;

  Gradients(Image image) {
    width = image.width();
    height = image.height();
    dx = new int[width * height];
    dy = new int[width * height];
    byte[] rgb = image.rgb();
    for (int y = 0; y < height; y++) {
      int above = Math.max(0, y - 1) * width;
      int here = y * width;
      int below = Math.min(height - 1, y + 1) * width;
      for (int x = 0; x < width; x++) {
        int left = Math.max(0, x - 1);
        int right = Math.min(width - 1, x + 1);
        int best = -1;
        for (int c = 0; c < 3; c++) {
          int nw = rgb[3 * (above + left) + c] & 255;
          int n = rgb[3 * (above + x) + c] & 255;
          int ne = rgb[3 * (above + right) + c] & 255;
          int w = rgb[3 * (here + left) + c] & 255;
          int e = rgb[3 * (here + right) + c] & 255;
          int sw = rgb[3 * (below + left) + c] & 255;
          int s = rgb[3 * (below + x) + c] & 255;
          int se = rgb[3 * (below + right) + c] & 255;
          int gx = ne + 2 * e + se - nw - 2 * w - sw;
          int gy = sw + 2 * s + se - nw - 2 * n - ne;
          int size = Math.abs(gx) + Math.abs(gy);
          if (size > best) {
            best = size;
            dx[here + x] = gx;
            dy[here + x] = gy;
          }
        }
      }
    }
  }

  /** |dx| + |dy|; 0 outside. */
  int size(int x, int y) {
    if (x < 0 || y < 0 || x >= width || y >= height) {
      return 0;
    }
    int k = y * width + x;
    return Math.abs(dx[k]) + Math.abs(dy[k]);
  }
}
