package io.github.tcd4j.evaluation.measure;

import io.github.tcd4j.evaluation.metric.Bootstrap;
import io.github.tcd4j.files.InvalidRequestException;

/**
 * How often the bootstrap draws anew.
 *
 * @param means for figures that are means over pictures, at least 20
 * @param moments for FD, which is slower, at least 20
 */
public record Resampling(int means, int moments) {
  /** 1,000 times, 200 for FD. */
  public static final Resampling USUAL = new Resampling(1000, 200);

  public Resampling {
    if (Math.min(means, moments) < Bootstrap.LEAST_RESAMPLES) {
      throw new InvalidRequestException(
          ("resamples must be at least " + Bootstrap.LEAST_RESAMPLES)
              + (" but were " + means + " for means and " + moments + " for FD"));
    }
  }
}
