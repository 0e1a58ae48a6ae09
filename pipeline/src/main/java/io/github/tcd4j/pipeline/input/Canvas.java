package io.github.tcd4j.pipeline.input;

import io.github.tcd4j.images.Image;
import org.jspecify.annotations.Nullable;

/**
 * A picture inside a larger one.
 *
 * @param width of the whole
 * @param height of the whole
 * @param left where the picture lies in it
 * @param top likewise
 * @param inner width of the picture
 * @param innerHeight height of the picture
 */
record Canvas(int width, int height, int left, int top, int inner, int innerHeight) {
  /** With margins that are widened until the sides are multiples of {@code step}. */
  static Canvas of(Image picture, Outpainting margins, int step) {
    int[] across = widened(margins.left(), picture.width(), margins.right(), step);
    int[] down = widened(margins.top(), picture.height(), margins.bottom(), step);
    return new Canvas(across[1], down[1], across[0], down[0], picture.width(), picture.height());
  }

  /**
   * The first margin and the whole; the second margin is widened unless only the first is there.
   */
  private static int[] widened(int before, int size, int after, int step) {
    int whole = before + size + after;
    int missing = (step - whole % step) % step;
    boolean first = after == 0 && before > 0;
    return new int[] {before + (first ? missing : 0), whole + missing};
  }

  /** The picture with its edges continued outwards. */
  Image extended(Image picture) {
    byte[] out = new byte[3 * width * height];
    for (int y = 0; y < height; y++) {
      int fromY = clamp(y - top, innerHeight);
      for (int x = 0; x < width; x++) {
        int from = fromY * inner + clamp(x - left, inner);
        System.arraycopy(picture.rgb(), 3 * from, out, 3 * (y * width + x), 3);
      }
    }
    return new Image(width, height, out);
  }

  private static int clamp(int at, int size) {
    return Math.max(0, Math.min(size - 1, at));
  }

  /**
   * White in the margins and {@code overlap} pixels into the picture along each margin; inside, the
   * picture's own mask, black where there is none.
   */
  Image mask(@Nullable Image own, int overlap) {
    byte[] out = new byte[3 * width * height];
    int fromX = left > 0 ? left + overlap : 0;
    int toX = left + inner < width ? left + inner - overlap : width;
    int fromY = top > 0 ? top + overlap : 0;
    int toY = top + innerHeight < height ? top + innerHeight - overlap : height;
    for (int y = 0; y < height; y++) {
      for (int x = 0; x < width; x++) {
        boolean kept = x >= fromX && x < toX && y >= fromY && y < toY;
        for (int c = 0; c < 3; c++) {
          byte value = (byte) 255;
          if (kept) {
            value = own == null ? 0 : own.rgb()[3 * ((y - top) * inner + x - left) + c];
          }
          out[3 * (y * width + x) + c] = value;
        }
      }
    }
    return new Image(width, height, out);
  }
}
