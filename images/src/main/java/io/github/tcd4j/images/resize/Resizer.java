package io.github.tcd4j.images.resize;

import io.github.tcd4j.images.Image;

/**
 * Resizes as {@code PIL.Image.resize} does, equal to the byte: one direction after the other, each
 * with fixed-point weights and a result of 8 bits. A direction whose size stays is left out.
 *
 * @param filter the filter
 * @param order which direction comes first
 */
public record Resizer(Resample filter, PassOrder order) {
  /** Rows first, as Pillow up to version 12. */
  public Resizer(Resample filter) {
    this(filter, PassOrder.HORIZONTAL_FIRST);
  }

  /**
   * A picture of another size.
   *
   * @param width above 0
   * @param height above 0
   */
  public Image resize(Image image, int width, int height) {
    return resize(image, Region.of(image.width(), image.height()), width, height);
  }

  /** A part of a picture at another size; {@code region} is Pillow's {@code box}. */
  public Image resize(Image image, Region region, int width, int height) {
    return new Image(
        width,
        height,
        resize(image.rgb(), image.width(), image.height(), 3, region, width, height));
  }

  /**
   * Bytes of any number of channels: 1 is mode L, 3 is RGB. Channels do not influence each other;
   * for pictures with alpha see {@link #resizeWithAlpha}.
   *
   * @param samples rows from the top, pixels from the left, channels side by side
   */
  public byte[] resize(
      byte[] samples, int width, int height, int channels, int newWidth, int newHeight) {
    return resize(samples, width, height, channels, Region.of(width, height), newWidth, newHeight);
  }

  /** The same of a part of the picture. */
  public byte[] resize(
      byte[] samples,
      int width,
      int height,
      int channels,
      Region region,
      int newWidth,
      int newHeight) {
    Shape shape = new Shape(width, height, channels, region, newWidth, newHeight);
    shape.require(samples.length);
    if (filter == Resample.NEAREST) {
      return Nearest.resize(samples, shape);
    }
    if (order.verticalFirst(shape)) {
      return verticalFirst(samples, shape);
    }
    Taps columns = shape.vertical(filter);
    byte[] out = samples;
    int skipped = 0;
    if (shape.changesWidth()) {
      skipped = columns.begin();
      int rows = columns.end() - skipped;
      out = BytePass.horizontal(out, width, channels, skipped, rows, shape.horizontal(filter));
    }
    if (shape.changesHeight()) {
      return BytePass.vertical(out, newWidth * channels, skipped, columns);
    }
    return out == samples ? samples.clone() : out;
  }

  private byte[] verticalFirst(byte[] samples, Shape shape) {
    byte[] out =
        BytePass.vertical(samples, shape.width() * shape.channels(), 0, shape.vertical(filter));
    if (!shape.changesWidth()) {
      return out;
    }
    return BytePass.horizontal(
        out, shape.width(), shape.channels(), 0, shape.newHeight(), shape.horizontal(filter));
  }

  /**
   * Bytes whose last channel is alpha (modes LA and RGBA): colours are multiplied by alpha before,
   * and divided by it afterwards, so that the colour of a transparent pixel does not leak.
   *
   * @param channels 2 or 4
   */
  public byte[] resizeWithAlpha(
      byte[] samples, int width, int height, int channels, int newWidth, int newHeight) {
    if (channels != 2 && channels != 4) {
      throw new IllegalArgumentException(
          "a picture with alpha has 2 or 4 channels, not " + channels);
    }
    boolean plain = filter == Resample.NEAREST || (width == newWidth && height == newHeight);
    byte[] in = plain ? samples : Alpha.multiply(samples, channels);
    byte[] out = resize(in, width, height, channels, newWidth, newHeight);
    return plain ? out : Alpha.divide(out, channels);
  }

  /**
   * Numbers as Pillow's mode F: nothing is rounded to levels or clamped, so cubic filters go below
   * and above the range of the source.
   */
  public float[] resize(
      float[] samples, int width, int height, int channels, int newWidth, int newHeight) {
    Region whole = Region.of(width, height);
    Shape shape = new Shape(width, height, channels, whole, newWidth, newHeight);
    shape.require(samples.length);
    if (filter == Resample.NEAREST) {
      return Nearest.resize(samples, shape);
    }
    float[] out = samples;
    boolean verticalFirst = order.verticalFirst(shape);
    if (verticalFirst) {
      out = FloatPass.vertical(out, width * channels, 0, shape.vertical(filter));
    }
    if (shape.changesWidth()) {
      int rows = verticalFirst ? newHeight : height;
      out = FloatPass.horizontal(out, width, channels, 0, rows, shape.horizontal(filter));
    }
    if (shape.changesHeight() && !verticalFirst) {
      out = FloatPass.vertical(out, newWidth * channels, 0, shape.vertical(filter));
    }
    return out == samples ? samples.clone() : out;
  }
}
