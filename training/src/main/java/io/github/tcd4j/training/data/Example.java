package io.github.tcd4j.training.data;

import java.util.Map;

/**
 * A picture with its caption.
 *
 * @param key its name in the shard
 * @param pixels unsigned bytes (3, height, width): all of red, then green, then blue
 * @param fields the entries of its JSON as text; a list's elements are joined by commas
 */
@SuppressWarnings("ArrayRecordComponent") // identity is the key; the pixels are never compared
public record Example(
    String key, byte[] pixels, int width, int height, String caption, Map<String, String> fields) {
  public Example {
    if (pixels.length != 3 * width * height) {
      throw new IllegalArgumentException(
          key + ": " + width + "x" + height + " pixels need 3 bytes each but got " + pixels.length);
    }
    fields = Map.copyOf(fields);
  }
}
