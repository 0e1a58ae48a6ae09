package io.github.tcd4j.images.resize;

/**
 * The part of a picture that is resized, in source pixels, which may be fractions: Pillow's {@code
 * box}. Pixels outside it still count where the filter reaches over its border.
 *
 * @param left at least 0
 * @param top at least 0
 * @param right above {@code left}, at most the picture's width
 * @param bottom above {@code top}, at most the picture's height
 */
public record Region(float left, float top, float right, float bottom) {
  public Region {
    if (!(left >= 0 && top >= 0 && right > left && bottom > top)) {
      throw new IllegalArgumentException(
          "a region goes from the top left to the bottom right corner of an area that is not"
              + (" empty, but this is (" + left + ", " + top + ", " + right + ", " + bottom + ")"));
    }
  }

  /** A whole picture. */
  public static Region of(int width, int height) {
    return new Region(0, 0, width, height);
  }

  void requireInside(int width, int height) {
    if (right > width || bottom > height) {
      throw new IllegalArgumentException(
          "the region ("
              + left
              + ", "
              + top
              + ", "
              + right
              + ", "
              + bottom
              + ") is not inside a "
              + ("picture of " + width + "x" + height));
    }
  }
}
