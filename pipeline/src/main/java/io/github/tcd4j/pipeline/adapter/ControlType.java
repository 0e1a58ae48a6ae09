package io.github.tcd4j.pipeline.adapter;

import io.github.tcd4j.files.InvalidRequestException;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * What a hint of a ControlNet-union shows, in the order in which xinsir's networks number it: the
 * first six, and two more of the ProMax version.
 */
public enum ControlType {
  /** Poses of people. */
  OPENPOSE("pose"),
  /** Near is white. */
  DEPTH(),
  /** Soft edges and scribbles. */
  SOFTEDGE("hed", "pidi", "scribble", "ted"),
  /** Hard edges and drawings. */
  CANNY("edges", "lineart", "anime_lineart", "mlsd"),
  /** Directions of surfaces. */
  NORMAL(),
  /** Areas of one colour for each thing. */
  SEGMENT("seg", "segmentation"),
  /** The picture itself, at any sharpness. */
  TILE(),
  /** The picture with a part left out. */
  REPAINT("inpaint");

  private final List<String> others;

  ControlType(String... others) {
    this.others = List.of(others);
  }

  /** Its name in requests. */
  public String key() {
    return name().toLowerCase(Locale.ROOT);
  }

  /**
   * Of a name or a number.
   *
   * @throws InvalidRequestException if there is none
   */
  public static ControlType of(String text) {
    for (ControlType t : values()) {
      boolean same = t.key().equals(text) || t.others.contains(text);
      if (same || text.equals(Integer.toString(t.ordinal()))) {
        return t;
      }
    }
    throw new InvalidRequestException(
        "the kind of a hint must be one of "
            + Stream.of(values()).map(ControlType::key).collect(Collectors.joining(", "))
            + " but was "
            + text);
  }
}
