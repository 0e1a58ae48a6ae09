package io.github.tcd4j.images.decode;

import io.github.tcd4j.images.Image;
import io.github.tcd4j.images.resize.Resample;
import io.github.tcd4j.images.resize.Resizer;

/**
 * A picture in the mode in which Pillow's {@code Image.open} has it. Programs that resize before
 * they convert to RGB get other pixels than those that convert first: this is for the former.
 *
 * @param rgb the picture as {@code convert("RGB")} gives it
 * @param kind what there was before
 * @param samples of {@link Kind#ALPHA} red, green, blue and alpha of each pixel, of {@link
 *     Kind#INKS} cyan, magenta, yellow and black; else empty. Not copied
 */
@SuppressWarnings("ArrayRecordComponent") // Bulk data; equality of content is not asked for.
public record StoredImage(Image rgb, Kind kind, byte[] samples) {
  /** What a pixel is made of, as far as resizing differs. */
  public enum Kind {
    /** Colours or grey. */
    COLOURS,
    /** Numbers of colours in a palette, or single bits: not mixed, but the nearest taken. */
    INDEXED,
    /** Colours and transparency: what is clear does not leak into its neighbours. */
    ALPHA,
    /** Four inks of a JPEG for print. */
    INKS
  }

  private static final int CHANNELS = 4;

  public StoredImage {
    boolean four = kind == Kind.ALPHA || kind == Kind.INKS;
    long expected = four ? (long) CHANNELS * rgb.width() * rgb.height() : 0;
    if (samples.length != expected) {
      throw new IllegalArgumentException(
          kind + " has " + expected + " samples but got " + samples.length);
    }
  }

  static StoredImage of(Image rgb, Kind kind) {
    return new StoredImage(rgb, kind, new byte[0]);
  }

  /** {@code image.resize(size, filter).convert("RGB")}, rows first. */
  public Image resized(Resample filter, int width, int height) {
    Resizer resizer = new Resizer(kind == Kind.INDEXED ? Resample.NEAREST : filter);
    int from = rgb.width();
    int rows = rgb.height();
    return switch (kind) {
      case COLOURS, INDEXED -> resizer.resize(rgb, width, height);
      case ALPHA ->
          firstThree(
              resizer.resizeWithAlpha(samples, from, rows, CHANNELS, width, height), width, height);
      case INKS ->
          ofInks(resizer.resize(samples, from, rows, CHANNELS, width, height), width, height);
    };
  }

  private static Image firstThree(byte[] samples, int width, int height) {
    byte[] out = new byte[3 * width * height];
    for (int i = 0; i < width * height; i++) {
      System.arraycopy(samples, CHANNELS * i, out, 3 * i, 3);
    }
    return new Image(width, height, out);
  }

  /** Inks, 255 is most, to colours by Pillow's rule. */
  static Image ofInks(byte[] samples, int width, int height) {
    byte[] out = new byte[3 * width * height];
    for (int i = 0; i < width * height; i++) {
      int light = 255 - (samples[CHANNELS * i + 3] & 0xff);
      for (int c = 0; c < 3; c++) {
        int product = (samples[CHANNELS * i + c] & 0xff) * light + 128;
        int shade = light - (((product >> 8) + product) >> 8);
        out[3 * i + c] = (byte) Math.max(0, Math.min(255, shade));
      }
    }
    return new Image(width, height, out);
  }
}
