package io.github.tcd4j.pipeline.adapter;

import io.github.tcd4j.images.Image;
import io.github.tcd4j.images.resize.Interpolation;
import io.github.tcd4j.pipeline.input.InputPictures;
import java.util.Arrays;

/**
 * Where a picture prompt counts (diffusers' {@code IPAdapterMaskProcessor}).
 *
 * @param white 1 where the mask is white, else 0, row by row
 */
@SuppressWarnings("ArrayRecordComponent") // Bulk data; equality of content is not asked for.
public record PromptMask(int width, int height, float[] white) {
  /** A mask at the size of the generated picture, cut at one half. */
  static PromptMask of(Image mask, int width, int height) {
    byte[] grey = new InputPictures(mask, mask).resized(width, height).greyMask();
    float[] white = new float[grey.length];
    for (int i = 0; i < white.length; i++) {
      white[i] = 2 * (grey[i] & 255) >= 255 ? 1 : 0;
    }
    return new PromptMask(width, height, white);
  }

  /**
   * Its weights for a feature map of so many pixels, of which diffusers knows nothing but their
   * number: bicubic, so that some are below 0 or above 1; what the map has more is 0.
   */
  public float[] weights(int pixels) {
    int rows = (int) Math.sqrt(pixels / ((double) width / height));
    rows = Math.max(1, rows);
    rows += pixels % rows == 0 ? 0 : 1;
    int columns = pixels / rows;
    float[] small = Interpolation.TORCH_BICUBIC.resize(white, width, height, 1, columns, rows);
    return Arrays.copyOf(small, pixels);
  }
}
