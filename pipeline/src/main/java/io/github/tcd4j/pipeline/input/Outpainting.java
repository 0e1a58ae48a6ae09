package io.github.tcd4j.pipeline.input;

import io.github.tcd4j.files.InvalidRequestException;
import java.util.List;

/**
 * How far a picture is continued beyond its edges, in pixels of the picture, each in [0, 4096] and
 * one at least above 0.
 */
public record Outpainting(int left, int top, int right, int bottom) {
  private static final int MOST = 4096;

  /**
   * Checks the margins.
   *
   * @throws InvalidRequestException if one is out of range, or all are 0
   */
  public Outpainting {
    List<Integer> sides = List.of(left, top, right, bottom);
    if (sides.stream().anyMatch(n -> n < 0 || n > MOST) || sides.stream().allMatch(n -> n == 0)) {
      throw new InvalidRequestException(
          "the margins of an outpainting (left, top, right, bottom) must be in [0, "
              + MOST
              + "] and one at least above 0 but were "
              + sides);
    }
  }

  /** Left, top, right, bottom. */
  public List<Integer> sides() {
    return List.of(left, top, right, bottom);
  }
}
