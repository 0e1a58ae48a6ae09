package io.github.tcd4j.cli.options;

import io.github.tcd4j.files.InvalidRequestException;
import io.github.tcd4j.images.canny.Canny;

/** {@code LOW,HIGH}: the thresholds of edges. */
public final class CannyText {
  private CannyText() {}

  /**
   * Reads two numbers.
   *
   * @throws InvalidRequestException if they are none, or below 0
   */
  public static Canny parse(String text) {
    String[] parts = text.split(",", -1);
    try {
      if (parts.length == 2) {
        return new Canny(Double.parseDouble(parts[0]), Double.parseDouble(parts[1]));
      }
    } catch (IllegalArgumentException e) {
      // As any other text that is no pair of thresholds.
    }
    throw new InvalidRequestException(
        "thresholds of edges must be LOW,HIGH, two numbers of at least 0 such as 100,200, but were "
            + text);
  }
}
