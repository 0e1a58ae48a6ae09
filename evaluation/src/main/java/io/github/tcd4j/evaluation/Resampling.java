package io.github.tcd4j.evaluation;

import io.github.tcd4j.files.InvalidRequestException;

/**
 * How often the bootstrap draws anew.
 *
 * @param means for figures that are means over pictures, at least 1
 * @param moments for FD, which is slower, at least 1
 */
public record Resampling(int means, int moments) {
  /** 1,000 times, 200 for FD. */
  public static final Resampling USUAL = new Resampling(1000, 200);

  public Resampling {
    if (means < 1 || moments < 1) {
      throw new InvalidRequestException(
          "the bootstrap must draw at least once but was to draw " + means + " and " + moments);
    }
  }
}
