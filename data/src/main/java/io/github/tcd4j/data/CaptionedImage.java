package io.github.tcd4j.data;

import java.util.Map;

/**
 * An image with its caption.
 *
 * @param key its name in the shard or folder
 * @param pixels unsigned bytes (3, height, width): all of red, then green, then blue; not copied
 * @param fields the entries of its JSON as text; a list's elements are joined by commas
 */
@SuppressWarnings("ArrayRecordComponent") // identity is the key; the pixels are never compared
public record CaptionedImage(
    String key, byte[] pixels, int width, int height, String caption, Map<String, String> fields) {
  public CaptionedImage {
    if (pixels.length != 3L * width * height) {
      throw new IllegalArgumentException(
          key + ": " + width + "x" + height + " pixels need 3 bytes each but got " + pixels.length);
    }
    fields = Map.copyOf(fields);
  }
}
