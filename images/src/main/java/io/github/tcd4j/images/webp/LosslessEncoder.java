package io.github.tcd4j.images.webp;

import io.github.tcd4j.images.Image;

/**
 * A picture as a lossless WebP bit stream (RFC 9649, section 3): green subtracted from red and
 * blue, pixels predicted by their neighbours, what is left coded by frequency. The same picture
 * gives the same bytes.
 */
final class LosslessEncoder {
  /** The most that a side can have. */
  static final int LARGEST = 1 << 14;

  private static final int SIGNATURE = 0x2f;
  private static final int PREDICTOR = 0;
  private static final int SUBTRACT_GREEN = 2;

  private LosslessEncoder() {}

  /** The content of a VP8L chunk. */
  static byte[] encode(Image image) {
    int width = image.width();
    int height = image.height();
    if (width > LARGEST || height > LARGEST) {
      throw new IllegalArgumentException(
          "WebP has sides of at most " + LARGEST + " pixels but got " + width + "x" + height);
    }
    BitWriter out = new BitWriter();
    out.put(SIGNATURE, 8);
    out.put(width - 1, 14);
    out.put(height - 1, 14);
    // No transparency; version 0.
    out.put(0, 4);
    out.put(1, 1);
    out.put(SUBTRACT_GREEN, 2);
    Predictor predictor = new Predictor(withoutGreen(image.rgb()), width, height);
    int[] rules = predictor.rules();
    out.put(1, 1);
    out.put(PREDICTOR, 2);
    out.put(Predictor.TILE_BITS - 2, 3);
    // No cache of colours.
    out.put(0, 1);
    PixelTokens.of(rules, Predictor.tiles(width)).write(out);
    // No more transforms, no cache, one set of codes for the whole picture.
    out.put(0, 3);
    PixelTokens.of(predictor.residuals(rules), width).write(out);
    return out.toByteArray();
  }

  private static int[] withoutGreen(byte[] rgb) {
    int[] pixels = new int[rgb.length / 3];
    for (int i = 0; i < pixels.length; i++) {
      int green = rgb[3 * i + 1];
      int red = rgb[3 * i] - green & 255;
      int blue = rgb[3 * i + 2] - green & 255;
      pixels[i] = 0xff000000 | red << 16 | (green & 255) << 8 | blue;
    }
    return pixels;
  }
}
