package io.github.tcd4j.diffusion.objective;

import io.github.tcd4j.files.InvalidRequestException;
import io.github.tcd4j.tensor.RandomSource;
import io.github.tcd4j.tensor.Tensor;

/**
 * Guidance of the teacher, drawn uniformly for each row; w is the guidance scale minus 1.
 *
 * @param min least w
 * @param max greatest w
 */
public record GuidanceRange(double min, double max) {
  /** No guidance. */
  public static final GuidanceRange NONE = new GuidanceRange(0, 0);

  public GuidanceRange {
    check(min, max);
  }

  static void check(double min, double max) {
    if (!(min <= max) || Double.isInfinite(min) || Double.isInfinite(max)) {
      throw new InvalidRequestException(
          "guidance must satisfy w_min <= w_max but was " + min + " to " + max);
    }
  }

  /** Float32 (rows); one uniform number a row is drawn even where the range is a point. */
  Tensor draw(long rows, RandomSource random) {
    return random.uniform(0, 1, rows).times(max - min).plus(min);
  }
}
