package io.github.tcd4j.evaluation.metric;

import io.github.tcd4j.tensor.DType;
import io.github.tcd4j.tensor.Tensor;
import java.util.Arrays;

/**
 * The median of each 3x3 neighbourhood, colour by colour; the outermost pixels are repeated. It
 * keeps edges and takes away single pixels, noise among them, so what is left of a picture's detail
 * cannot be raised by noise.
 */
public final class MedianFilter {
  private static final int NEIGHBOURS = 9;

  private MedianFilter() {}

  /** U8 pictures (B, C, H, W), filtered. */
  public static Tensor of(Tensor pictures) {
    if (pictures.dim() != 4 || pictures.dtype() != DType.U8) {
      throw new IllegalArgumentException("pictures must be U8 (B, C, H, W) but were " + pictures);
    }
    int height = Math.toIntExact(pictures.size(2));
    int width = Math.toIntExact(pictures.size(3));
    byte[] from = pictures.contiguous().toByteArray();
    byte[] to = new byte[from.length];
    int[] seen = new int[NEIGHBOURS];
    for (int i = 0; i < to.length; i++) {
      int plane = i / (height * width) * height * width;
      int y = i / width % height;
      int x = i % width;
      for (int k = 0; k < NEIGHBOURS; k++) {
        int row = Math.min(height - 1, Math.max(0, y + k / 3 - 1));
        int column = Math.min(width - 1, Math.max(0, x + k % 3 - 1));
        seen[k] = from[plane + row * width + column] & 0xff;
      }
      Arrays.sort(seen);
      to[i] = (byte) seen[NEIGHBOURS / 2];
    }
    return Tensor.of(to, pictures.shape());
  }
}
