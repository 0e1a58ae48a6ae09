package io.github.tcd4j.images.decode;

import io.github.tcd4j.images.Image;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** The orientation that a camera notes in EXIF (tag 0x0112), 1 to 8; 1 is upright. */
final class Orientation {
  private static final int TAG = 0x0112;
  private static final int SHORT = 3;
  private static final int LONG = 4;

  private Orientation() {}

  /**
   * Reads the orientation of an EXIF block.
   *
   * @param exif a TIFF header and its directory, with or without {@code Exif\0\0} before it
   * @return 1 where there is none, or one that is not of 1 to 8
   */
  static int of(byte @Nullable [] exif) {
    if (exif == null) {
      return 1;
    }
    boolean prefixed = new Bytes(exif, true).has(0, "Exif\0\0");
    try {
      return read(prefixed ? Arrays.copyOfRange(exif, 6, exif.length) : exif);
    } catch (IndexOutOfBoundsException e) {
      // A cut-off block says nothing; Pillow ignores it as well.
      return 1;
    }
  }

  private static int read(byte[] tiff) {
    boolean big = tiff[0] == 'M';
    Bytes bytes = new Bytes(tiff, big);
    if (!bytes.has(0, big ? "MM\0*" : "II*\0")) {
      return 1;
    }
    int directory = Math.toIntExact(Math.min(bytes.u32(4), tiff.length));
    for (int i = 0; i < bytes.u16(directory); i++) {
      int entry = directory + 2 + 12 * i;
      if (bytes.u16(entry) == TAG) {
        int type = bytes.u16(entry + 2);
        long value = type == SHORT ? bytes.u16(entry + 8) : type == LONG ? bytes.u32(entry + 8) : 1;
        return value >= 1 && value <= 8 ? (int) value : 1;
      }
    }
    return 1;
  }

  /** The image upright, as {@code ImageOps.exif_transpose} turns it. */
  static Image apply(Image image, int orientation) {
    if (orientation == 1) {
      return image;
    }
    int w = image.width();
    int h = image.height();
    boolean transposed = orientation >= 5;
    int width = transposed ? h : w;
    int height = transposed ? w : h;
    byte[] in = image.rgb();
    byte[] out = new byte[in.length];
    for (int y = 0; y < height; y++) {
      for (int x = 0; x < width; x++) {
        int from =
            switch (orientation) {
              case 2 -> y * w + (w - 1 - x);
              case 3 -> (h - 1 - y) * w + (w - 1 - x);
              case 4 -> (h - 1 - y) * w + x;
              case 5 -> x * w + y;
              case 6 -> (h - 1 - x) * w + y;
              case 7 -> (h - 1 - x) * w + (w - 1 - y);
              default -> x * w + (w - 1 - y);
            };
        System.arraycopy(in, 3 * from, out, 3 * (y * width + x), 3);
      }
    }
    return new Image(width, height, out);
  }
}
