package io.github.tcd4j.images.webp;

import io.github.tcd4j.images.Image;

/**
 * Where a frame differs from the one before it.
 *
 * @param left even, in pixels
 * @param top even
 */
record ChangedArea(int left, int top, int width, int height) {
  static ChangedArea whole(Image frame) {
    return new ChangedArea(0, 0, frame.width(), frame.height());
  }

  /** The smallest rectangle with all differences; one pixel where there is none. */
  static ChangedArea between(Image before, Image after) {
    int width = after.width();
    byte[] a = before.rgb();
    byte[] b = after.rgb();
    int left = width;
    int right = 0;
    int top = after.height();
    int bottom = 0;
    for (int i = 0; i < a.length; i++) {
      if (a[i] != b[i]) {
        int x = i / 3 % width;
        int y = i / 3 / width;
        left = Math.min(left, x);
        right = Math.max(right, x + 1);
        top = Math.min(top, y);
        bottom = Math.max(bottom, y + 1);
      }
    }
    if (right == 0) {
      return new ChangedArea(0, 0, 1, 1);
    }
    left -= left % 2;
    top -= top % 2;
    return new ChangedArea(left, top, right - left, bottom - top);
  }

  /** That area of a frame. */
  Image of(Image frame) {
    if (width == frame.width() && height == frame.height()) {
      return frame;
    }
    byte[] area = new byte[3 * width * height];
    for (int y = 0; y < height; y++) {
      int from = 3 * ((top + y) * frame.width() + left);
      System.arraycopy(frame.rgb(), from, area, 3 * y * width, 3 * width);
    }
    return new Image(width, height, area);
  }
}
