package io.github.tcd4j.pipeline.internal.sampling;

import java.util.List;

/**
 * Frames of an animation that go through a network together.
 *
 * @param first number of the first, from 0
 * @param count at least 1
 */
public record FrameRange(int first, int count) {
  /** What does not move. */
  public static final FrameRange PICTURE = new FrameRange(0, 1);

  /** Those of a list that has one thing for each frame, or one for all. */
  <T> List<T> of(List<T> frames) {
    return frames.size() == 1 ? frames : frames.subList(first, first + count);
  }
}
