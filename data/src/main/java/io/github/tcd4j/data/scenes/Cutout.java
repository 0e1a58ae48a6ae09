package io.github.tcd4j.data.scenes;

import io.github.tcd4j.images.Image;

/**
 * A thing without its background.
 *
 * @param width in pixels
 * @param height in pixels
 * @param rgba rows from the top, 4 values a pixel: red, green and blue in [0, 255] times alpha,
 *     then alpha in [0, 1]; not copied
 */
@SuppressWarnings("ArrayRecordComponent") // Bulk data; equality of content is not needed.
public record Cutout(int width, int height, float[] rgba) {
  /** Alpha below this is not seen. */
  private static final float SEEN = 1 / 255f;

  public Cutout {
    if (width < 1 || height < 1 || rgba.length != 4L * width * height) {
      throw new IllegalArgumentException(
          "a cutout of " + width + "x" + height + " cannot have " + rgba.length + " values");
    }
  }

  /**
   * Cuts artwork on a white background out, trimmed to what can be seen.
   *
   * @throws io.github.tcd4j.data.DataException if the image is all background
   */
  public static Cutout ofWhite(Image artwork) {
    return new WhiteRemoval(artwork).cutout().trimmed();
  }

  /** Alpha of a pixel, in [0, 1]. */
  float alpha(int x, int y) {
    return rgba[4 * (y * width + x) + 3];
  }

  /** Sum of alpha: how many pixels it covers. */
  double area() {
    double sum = 0;
    for (int i = 3; i < rgba.length; i += 4) {
      sum += rgba[i];
    }
    return sum;
  }

  /** Over a plain background of this colour, each value in [0, 255]. */
  public Image over(int red, int green, int blue) {
    int[] background = {red, green, blue};
    byte[] rgb = new byte[3 * width * height];
    for (int i = 0; i < width * height; i++) {
      for (int c = 0; c < 3; c++) {
        float value = rgba[4 * i + c] + (1 - rgba[4 * i + 3]) * background[c];
        rgb[3 * i + c] = (byte) Math.round(Math.max(0, Math.min(255, value)));
      }
    }
    return new Image(width, height, rgb);
  }

  private Cutout trimmed() {
    int left = width;
    int right = -1;
    int top = height;
    int bottom = -1;
    for (int y = 0; y < height; y++) {
      for (int x = 0; x < width; x++) {
        if (alpha(x, y) >= SEEN) {
          left = Math.min(left, x);
          right = Math.max(right, x);
          top = Math.min(top, y);
          bottom = Math.max(bottom, y);
        }
      }
    }
    int w = right - left + 1;
    float[] kept = new float[4 * w * (bottom - top + 1)];
    for (int y = top; y <= bottom; y++) {
      System.arraycopy(rgba, 4 * (y * width + left), kept, 4 * w * (y - top), 4 * w);
    }
    return new Cutout(w, bottom - top + 1, kept);
  }
}
