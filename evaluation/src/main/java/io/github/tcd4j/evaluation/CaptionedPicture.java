package io.github.tcd4j.evaluation;

import java.util.Map;

/**
 * A real picture with its caption.
 *
 * @param caption what it shows
 * @param pixels unsigned bytes (3, height, width): all of red, then green, then blue; not copied
 * @param fields what else is known of it, as {@code style}
 */
@SuppressWarnings("ArrayRecordComponent") // Bulk data; equality of content is not asked for.
public record CaptionedPicture(
    String caption, byte[] pixels, int width, int height, Map<String, String> fields) {
  public CaptionedPicture {
    if (pixels.length != 3L * width * height) {
      throw new IllegalArgumentException(
          "'%s': %dx%d pixels need 3 bytes each but there are %d"
              .formatted(caption, width, height, pixels.length));
    }
    fields = Map.copyOf(fields);
  }
}
