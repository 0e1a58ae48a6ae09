package io.github.tcd4j.pipeline.adapter;

import io.github.tcd4j.files.InvalidRequestException;
import org.jspecify.annotations.Nullable;

/**
 * One ControlNet with its hint.
 *
 * @param model its network
 * @param type what the hint shows, for networks of several kinds; null where it follows from the
 *     hint, and for networks of one
 * @param hint the picture that it sees
 * @param weight factor on what it adds; 1 as it was trained
 * @param start share of the sampling before which it adds nothing, in [0, 1)
 * @param end share after which it adds nothing, above start and at most 1. Evaluation i of n counts
 *     where {@code start <= i / n} and {@code (i + 1) / n <= end}, as in diffusers: of 4 steps an
 *     end of 0.5 leaves the first two, and of 1 step any end below 1 leaves none
 */
public record ControlSettings(
    AdapterModel model,
    @Nullable ControlType type,
    HintPicture hint,
    double weight,
    double start,
    double end) {
  /**
   * Checks the ranges.
   *
   * @throws InvalidRequestException if a number is out of its range
   */
  public ControlSettings {
    if (!Double.isFinite(weight)) {
      throw new InvalidRequestException(
          "the weight of ControlNet "
              + model.name()
              + " must be a finite number but was "
              + weight);
    }
    if (!(start >= 0 && start < end && end <= 1)) {
      throw new InvalidRequestException(
          ("ControlNet " + model.name() + " must act from a share of the sampling in [0, 1) to a")
              + (" greater one in (0, 1] but was given " + start + " to " + end));
    }
  }

  /** Of one kind. */
  public ControlSettings(
      AdapterModel model, HintPicture hint, double weight, double start, double end) {
    this(model, null, hint, weight, start, end);
  }

  /** With its usual weight, in all steps. */
  public ControlSettings(AdapterModel model, HintPicture hint) {
    this(model, hint, 1, 0, 1);
  }

  /** Whether evaluation i of n counts. */
  public boolean acts(int i, int n) {
    return !((double) i / n < start || (double) (i + 1) / n > end);
  }

  /** Its weight in evaluation i of n: 0 where it does not act. */
  public double weight(int i, int n) {
    return acts(i, n) ? weight : 0;
  }

  /** What its hint shows, of a network that must know. */
  @Nullable ControlType shown() {
    if (type != null) {
      return type;
    }
    if (hint.network() != null) {
      return hint.network().kind().type();
    }
    return hint.canny() == null ? null : ControlType.CANNY;
  }

  ControlSettings current() {
    return with(model.current("ControlNet"), hint.current());
  }

  /** The same with its files at other places. */
  public ControlSettings with(AdapterModel network, HintPicture picture) {
    return new ControlSettings(network, type, picture, weight, start, end);
  }
}
