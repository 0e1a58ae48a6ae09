package io.github.tcd4j.images;

import java.awt.image.BufferedImage;

/**
 * A picture of 8 bits per channel.
 *
 * @param width in pixels
 * @param height in pixels
 * @param rgb rows from the top, pixels from the left, red, green, blue; not copied
 */
@SuppressWarnings("ArrayRecordComponent") // Bulk data; equality of content is not asked for.
public record Image(int width, int height, byte[] rgb) {
  public Image {
    if (width < 1 || height < 1 || rgb.length != 3L * width * height) {
      throw new IllegalArgumentException(
          "an image of " + width + "x" + height + " cannot have " + rgb.length + " bytes");
    }
  }

  /** A copy for the JDK's own graphics, of {@link BufferedImage#TYPE_INT_RGB}. */
  public BufferedImage toBufferedImage() {
    BufferedImage out = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
    int[] pixels = new int[width * height];
    for (int i = 0; i < pixels.length; i++) {
      int red = rgb[3 * i] & 0xff;
      int green = rgb[3 * i + 1] & 0xff;
      int blue = rgb[3 * i + 2] & 0xff;
      pixels[i] = red << 16 | green << 8 | blue;
    }
    out.setRGB(0, 0, width, height, pixels, 0, width);
    return out;
  }
}
