package io.github.tcd4j.pipeline.checkpoint;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The guidance scales with which a network that embeds its guidance was distilled, as the header of
 * its weights says.
 *
 * @param min lowest
 * @param max highest
 */
public record DistilledGuidance(double min, double max) {
  private static final String MIN = "tcd4j.guidance_min";
  private static final String MAX = "tcd4j.guidance_max";

  public DistilledGuidance {
    if (!(min <= max)) {
      throw new IllegalArgumentException(
          MIN + " must be at most " + MAX + " but they were " + min + " and " + max);
    }
  }

  /** As entries of a safetensors header. */
  public Map<String, String> toMap() {
    return Map.of(MIN, Double.toString(min), MAX, Double.toString(max));
  }

  /**
   * From a safetensors header; null where it says nothing of this.
   *
   * @throws IllegalArgumentException if an entry is no number
   */
  static @Nullable DistilledGuidance of(Map<String, String> header) {
    String min = header.get(MIN);
    String max = header.get(MAX);
    return min == null || max == null
        ? null
        : new DistilledGuidance(number(MIN, min), number(MAX, max));
  }

  private static double number(String key, String text) {
    try {
      return Double.parseDouble(text);
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException(key + " must be a number but was " + text, e);
    }
  }

  /** The guidance to use where none was chosen. */
  public double middle() {
    return (min + max) / 2;
  }

  public boolean contains(double scale) {
    return scale >= min && scale <= max;
  }
}
