package io.github.tcd4j.data.scenes;

import java.util.List;

/**
 * Something that can be in a scene.
 *
 * @param name as captions call it
 * @param drawings one of each style, sorted by style
 */
public record Concept(String name, List<Drawing> drawings) {
  /**
   * @param style name of the artwork it is from
   * @param cutout without background
   */
  public record Drawing(String style, Cutout cutout) {}

  public Concept {
    drawings = List.copyOf(drawings);
    if (drawings.isEmpty()) {
      throw new IllegalArgumentException(name + " needs a drawing but has none");
    }
  }
}
