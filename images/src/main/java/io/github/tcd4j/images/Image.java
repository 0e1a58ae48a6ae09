package io.github.tcd4j.images;

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
}
