package io.github.tcd4j.images.resize;

/** The source pictures of {@code oracle/make_resize_fixtures.py}. */
final class FormulaBytes {
  private FormulaBytes() {}

  static byte[] of(int width, int height, int channels, boolean smooth) {
    byte[] bytes = new byte[width * height * channels];
    int at = 0;
    for (int y = 0; y < height; y++) {
      for (int x = 0; x < width; x++) {
        for (int c = 0; c < channels; c++) {
          int column = smooth ? x / 5 : x;
          int row = smooth ? y / 5 : y;
          int v = column * 73856093 + row * 19349663 + c * 83492791;
          v ^= v >>> 15;
          v *= 0x2C1B3C6D;
          v ^= v >>> 12;
          bytes[at++] = (byte) (v >>> 8);
        }
      }
    }
    return bytes;
  }
}
