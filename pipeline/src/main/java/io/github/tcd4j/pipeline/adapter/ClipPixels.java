package io.github.tcd4j.pipeline.adapter;

import io.github.tcd4j.images.Image;
import io.github.tcd4j.images.resize.PassOrder;
import io.github.tcd4j.images.resize.Resample;
import io.github.tcd4j.images.resize.Resizer;

/**
 * Pictures as CLIP sees them ({@code CLIPImageProcessor} in transformers): the short side resized
 * by Pillow's bicubic filter in 8 bits, the middle cut out, channels normalised.
 */
public final class ClipPixels {
  private static final Resizer BICUBIC = new Resizer(Resample.BICUBIC, PassOrder.PILLOW_13);

  private ClipPixels() {}

  /** (3, side, side), channel by channel, rows from the top. */
  public static float[] of(Image picture, int side, PixelNormalization normalization) {
    int shorter = Math.min(picture.width(), picture.height());
    int width = (int) ((long) side * picture.width() / shorter);
    int height = (int) ((long) side * picture.height() / shorter);
    boolean same = width == picture.width() && height == picture.height();
    byte[] rgb = (same ? picture : BICUBIC.resize(picture, width, height)).rgb();
    int left = (width - side) / 2;
    int top = (height - side) / 2;
    float[] pixels = new float[3 * side * side];
    for (int c = 0; c < 3; c++) {
      for (int y = 0; y < side; y++) {
        for (int x = 0; x < side; x++) {
          double level = (rgb[3 * ((top + y) * width + left + x) + c] & 255) / 255.0;
          pixels[(c * side + y) * side + x] = normalization.of(level, c);
        }
      }
    }
    return pixels;
  }
}
