package io.github.tcd4j.images.resize;

/** What is resized to what; checked once. Sizes are above 0, the region lies in the picture. */
record Shape(int width, int height, int channels, Region region, int newWidth, int newHeight) {
  Shape {
    if (width < 1 || height < 1 || channels < 1) {
      throw new IllegalArgumentException(
          "a picture of " + width + "x" + height + " with " + channels + " channels is empty");
    }
    if (newWidth < 1 || newHeight < 1) {
      throw new IllegalArgumentException(
          "a picture cannot be resized to " + newWidth + "x" + newHeight + ": sizes are 1 or more");
    }
    region.requireInside(width, height);
  }

  void require(int samples) {
    if (samples != (long) width * height * channels) {
      throw new IllegalArgumentException(
          "a picture of "
              + width
              + "x"
              + height
              + " with "
              + channels
              + " channels cannot have "
              + (samples + " samples"));
    }
  }

  boolean changesWidth() {
    return newWidth != width || region.left() != 0 || region.right() != newWidth;
  }

  boolean changesHeight() {
    return newHeight != height || region.top() != 0 || region.bottom() != newHeight;
  }

  Taps horizontal(Resample filter) {
    return Taps.of(filter, width, region.left(), region.right(), newWidth);
  }

  /** The weights of the columns; each row is its own source where the height stays. */
  Taps vertical(Resample filter) {
    return Taps.of(filter, height, region.top(), region.bottom(), newHeight);
  }
}
