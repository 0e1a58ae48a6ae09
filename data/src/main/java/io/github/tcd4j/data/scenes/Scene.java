package io.github.tcd4j.data.scenes;

import java.util.List;
import java.util.stream.Collectors;

/**
 * What is in a scene.
 *
 * @param concepts what the caption names, in its order
 * @param things as they lie over each other, the lowest first
 * @param backdrop what lies behind them
 */
public record Scene(List<Concept> concepts, List<Thing> things, Backdrop backdrop) {
  /**
   * A drawing at its place. Lengths are in parts of a picture {@link SceneSpec#UNITS} wide.
   *
   * @param concept what it shows
   * @param drawing which of the concept's drawings, counted from 0
   * @param size length of its longer side before it is turned
   * @param turn clockwise, in degrees
   * @param mirrored left to right, before it is turned
   * @param x of its middle, from the left
   * @param y of its middle, from the top
   */
  public record Thing(
      Concept concept,
      int drawing,
      double size,
      double turn,
      boolean mirrored,
      double x,
      double y) {
    String style() {
      return concept.drawings().get(drawing).style();
    }

    Thing at(double toX, double toY) {
      return new Thing(concept, drawing, size, turn, mirrored, toX, toY);
    }
  }

  public Scene {
    concepts = List.copyOf(concepts);
    things = List.copyOf(things);
  }

  /** The things alone, {@code A and B} or {@code A, B and C}: all else stays open. */
  public String caption() {
    return caption(concepts);
  }

  static String caption(List<Concept> concepts) {
    List<String> names = concepts.stream().map(Concept::name).toList();
    int last = names.size() - 1;
    String first = names.subList(0, last).stream().collect(Collectors.joining(", "));
    return last == 0 ? names.get(0) : first + " and " + names.get(last);
  }

  /** Styles of the things, the lowest first, joined by commas. */
  String styles() {
    return things.stream().map(Thing::style).collect(Collectors.joining(", "));
  }
}
