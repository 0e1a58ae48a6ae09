package io.github.tcd4j.images.decode;

/**
 * What IHDR says.
 *
 * @param depth bits per sample
 * @param colour colour type
 */
record PngHeader(int width, int height, int depth, int colour, boolean interlaced) {
  static final int GREY = 0;
  static final int RGB = 2;
  static final int PALETTE = 3;
  static final int GREY_ALPHA = 4;
  static final int RGB_ALPHA = 6;

  static PngHeader read(byte[] ihdr) throws ImageFormatException {
    Bytes bytes = new Bytes(ihdr, true);
    ImageDecoder.requireSize(bytes.u32(0), bytes.u32(4));
    int depth = bytes.u8(8);
    int colour = bytes.u8(9);
    boolean known =
        switch (colour) {
          case GREY -> depth == 1 || depth == 2 || depth == 4 || depth == 8 || depth == 16;
          case PALETTE -> depth == 1 || depth == 2 || depth == 4 || depth == 8;
          case RGB, GREY_ALPHA, RGB_ALPHA -> depth == 8 || depth == 16;
          default -> false;
        };
    if (!known || bytes.u8(10) != 0 || bytes.u8(11) != 0 || bytes.u8(12) > 1) {
      throw new ImageFormatException("its header declares what no PNG has");
    }
    int width = (int) bytes.u32(0);
    return new PngHeader(width, (int) bytes.u32(4), depth, colour, bytes.u8(12) == 1);
  }

  int channels() {
    return switch (colour) {
      case RGB -> 3;
      case GREY_ALPHA -> 2;
      case RGB_ALPHA -> 4;
      default -> 1;
    };
  }

  int rowBytes(int pixels) {
    return Math.toIntExact(((long) pixels * channels() * depth + 7) / 8);
  }

  /** Bytes from a byte to the one left of it that its filter looks at. */
  int pixelBytes() {
    return Math.max(1, channels() * depth / 8);
  }

  /** The sample number {@code i} of a row as it is stored. */
  int sample(byte[] row, int i) {
    if (depth == 16) {
      return (row[2 * i] & 0xff) << 8 | (row[2 * i + 1] & 0xff);
    }
    int bit = i * depth;
    return (row[bit >> 3] & 0xff) >> (8 - depth - (bit & 7)) & ((1 << depth) - 1);
  }

  /**
   * The sample as one of 256 levels. Of 16 bits in colour the upper byte is taken, as Pillow does;
   * grey is rounded.
   */
  int level(byte[] row, int i) {
    int sample = sample(row, i);
    if (depth == 16 && colour != GREY) {
      return sample >> 8;
    }
    int max = (1 << depth) - 1;
    return (sample * 255 + max / 2) / max;
  }
}
