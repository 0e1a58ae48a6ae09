package io.github.tcd4j.images.decode;

/**
 * From the components of a JPEG to RGB, in the integers of libjpeg ({@code jdcolor.c}), or to four
 * inks, as Pillow: these are taken as inverted, as Adobe writes them.
 */
enum JpegColour {
  GREY,
  RGB,
  YCC,
  CMYK,
  YCCK;

  private static final int ONE_HALF = 1 << 15;

  /** The colours that libjpeg takes the components for. */
  static JpegColour of(JpegSegments file) {
    int[] ids = file.ids();
    if (ids.length == 1) {
      return GREY;
    }
    if (ids.length == 4) {
      return file.adobe() > 0 ? YCCK : CMYK;
    }
    boolean letters = ids[0] == 'R' && ids[1] == 'G' && ids[2] == 'B';
    boolean rgb = file.adobe() < 0 ? letters : file.adobe() == 0;
    return rgb && !file.jfif() ? RGB : YCC;
  }

  /** Whether a pixel has four components. */
  boolean inks() {
    return this == CMYK || this == YCCK;
  }

  /**
   * Writes the colour of the components at {@code in[i]} to {@code out[o]}: three bytes, or four of
   * inks, of which 255 is most.
   */
  void convert(byte[] in, int i, byte[] out, int o) {
    int a = in[i] & 0xff;
    if (this == GREY) {
      put(out, o, a, a, a);
      return;
    }
    int b = in[i + 1] & 0xff;
    int c = in[i + 2] & 0xff;
    if (this == YCC || this == YCCK) {
      int cb = b - 128;
      int cr = c - 128;
      b = clamp(a + ((-fix(0.34414) * cb + ONE_HALF - fix(0.71414) * cr) >> 16));
      c = clamp(a + ((fix(1.77200) * cb + ONE_HALF) >> 16));
      a = clamp(a + ((fix(1.40200) * cr + ONE_HALF) >> 16));
    }
    if (this == RGB || this == YCC) {
      put(out, o, a, b, c);
      return;
    }
    // YCCK holds inks as the inverse of RGB; both are then inverted, so that 255 is no ink.
    boolean inverse = this == YCCK;
    put(out, o, inverse ? a : 255 - a, inverse ? b : 255 - b, inverse ? c : 255 - c);
    out[o + 3] = (byte) (255 - (in[i + 3] & 0xff));
  }

  private static int fix(double x) {
    return (int) (x * (1 << 16) + 0.5);
  }

  private static int clamp(int value) {
    return Math.max(0, Math.min(255, value));
  }

  private static void put(byte[] out, int o, int red, int green, int blue) {
    out[o] = (byte) red;
    out[o + 1] = (byte) green;
    out[o + 2] = (byte) blue;
  }
}
