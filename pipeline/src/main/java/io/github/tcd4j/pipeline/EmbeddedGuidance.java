package io.github.tcd4j.pipeline;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The guidance scales with which a network that embeds its guidance was distilled, as the header of
 * its weights says.
 *
 * @param min lowest
 * @param max highest
 */
public record EmbeddedGuidance(double min, double max) {
  private static final String MIN = "tcd4j.guidance_min";
  private static final String MAX = "tcd4j.guidance_max";

  /** As entries of a safetensors header. */
  public Map<String, String> toMap() {
    return Map.of(MIN, Double.toString(min), MAX, Double.toString(max));
  }

  /** From a safetensors header; null where it says nothing of this. */
  static @Nullable EmbeddedGuidance of(Map<String, String> header) {
    String min = header.get(MIN);
    String max = header.get(MAX);
    return min == null || max == null
        ? null
        : new EmbeddedGuidance(Double.parseDouble(min), Double.parseDouble(max));
  }

  /** What to paint with where nobody chose. */
  double middle() {
    return (min + max) / 2;
  }

  boolean contains(double scale) {
    return scale >= min && scale <= max;
  }
}
