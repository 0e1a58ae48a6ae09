package io.github.tcd4j.images.filter;

import io.github.tcd4j.images.Image;

/**
 * Pillow's {@code ImageFilter.GaussianBlur} in 8 bits: three passes of an extended box blur in each
 * direction (Gwosdek et al. 2011), whose fractional radius gives the variance that is needed. Edge
 * pixels are continued outwards.
 *
 * @param radius standard deviation in pixels, at least 0
 */
public record GaussianBlur(double radius) {
  private static final int PASSES = 3;
  private static final int BITS = 24;

  public GaussianBlur {
    if (!(radius >= 0 && radius < 10_000)) {
      throw new IllegalArgumentException("a radius must be in [0, 10000) but was " + radius);
    }
  }

  /** The blurred picture. */
  public Image apply(Image image) {
    if (radius == 0) {
      return image;
    }
    int w = image.width();
    int h = image.height();
    byte[] across = lines(image.rgb(), w, h, 3, 3 * w);
    return new Image(w, h, lines(across, h, w, 3 * w, 3));
  }

  /**
   * All lines of one direction and colour.
   *
   * @param length pixels of a line
   * @param count lines
   * @param step from a pixel of a line to the next, in bytes
   * @param stride from a line to the next
   */
  private byte[] lines(byte[] in, int length, int count, int step, int stride) {
    byte[] out = in.clone();
    float box = boxRadius((float) radius);
    int[] line = new int[length];
    for (int i = 0; i < count; i++) {
      for (int c = 0; c < 3; c++) {
        int start = i * stride + c;
        for (int x = 0; x < length; x++) {
          line[x] = in[start + x * step] & 255;
        }
        for (int pass = 0; pass < PASSES; pass++) {
          line = box(line, box);
        }
        for (int x = 0; x < length; x++) {
          out[start + x * step] = (byte) line[x];
        }
      }
    }
    return out;
  }

  /** Radius of a box, with a fraction, whose passes have the variance. */
  private static float boxRadius(float deviation) {
    float variance = deviation * deviation / PASSES;
    float length = (float) Math.sqrt(12.0 * variance + 1.0);
    float whole = (float) Math.floor((length - 1.0) / 2.0);
    float part = (2 * whole + 1) * (whole * (whole + 1) - 3 * variance);
    part /= 6 * (variance - (whole + 1) * (whole + 1));
    return whole + part;
  }

  private static int[] box(int[] line, float radius) {
    int whole = (int) radius;
    long weight = (long) ((float) (1 << BITS) / (radius * 2 + 1));
    long edge = ((1L << BITS) - (whole * 2L + 1) * weight) / 2;
    int last = line.length - 1;
    int[] out = new int[line.length];
    long sum = 0;
    for (int k = -whole; k <= whole; k++) {
      sum += line[clamp(k, last)];
    }
    for (int x = 0; x <= last; x++) {
      long far = line[clamp(x - whole - 1, last)] + line[clamp(x + whole + 1, last)];
      out[x] = (int) ((sum * weight + far * edge + (1 << (BITS - 1))) >> BITS);
      sum += line[clamp(x + whole + 1, last)] - line[clamp(x - whole, last)];
    }
    return out;
  }

  private static int clamp(int at, int last) {
    return Math.max(0, Math.min(last, at));
  }
}
