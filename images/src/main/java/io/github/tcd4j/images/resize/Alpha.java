package io.github.tcd4j.images.resize;

/** Colours times alpha and back, with Pillow's rounding (its modes La and RGBa). */
final class Alpha {
  private Alpha() {}

  static byte[] multiply(byte[] samples, int channels) {
    byte[] out = samples.clone();
    for (int pixel = 0; pixel < out.length; pixel += channels) {
      int alpha = out[pixel + channels - 1] & 0xff;
      for (int c = 0; c < channels - 1; c++) {
        int product = (out[pixel + c] & 0xff) * alpha + 128;
        out[pixel + c] = (byte) (((product >> 8) + product) >> 8);
      }
    }
    return out;
  }

  static byte[] divide(byte[] samples, int channels) {
    byte[] out = samples.clone();
    for (int pixel = 0; pixel < out.length; pixel += channels) {
      int alpha = out[pixel + channels - 1] & 0xff;
      if (alpha == 0 || alpha == 255) {
        continue;
      }
      for (int c = 0; c < channels - 1; c++) {
        out[pixel + c] = (byte) Math.min(255, 255 * (out[pixel + c] & 0xff) / alpha);
      }
    }
    return out;
  }
}
