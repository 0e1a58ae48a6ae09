package io.github.tcd4j.diffusion.schedule;

import io.github.tcd4j.files.InvalidRequestException;

/**
 * The times of consistency models, in tau = sigma / alpha (Karras et al. 2022, eq. 5): tau^(1/7)
 * falls linearly from the greatest to the least.
 *
 * @param tauMax the first
 * @param tauMin the last, above 0; where consistency functions return their input
 * @param scales how many, at least 2
 */
public record KarrasSchedule(double tauMax, double tauMin, int scales) {
  public KarrasSchedule {
    if (!(tauMin > 0 && tauMin < tauMax && tauMax < Double.POSITIVE_INFINITY)) {
      throw new InvalidRequestException(
          "tau must satisfy 0 < min < max but was " + tauMin + " to " + tauMax);
    }
    if (scales < 2) {
      throw new InvalidRequestException("scales must be at least 2 but was " + scales);
    }
  }

  /** The one of the published models: 80 to 0.002. */
  public static KarrasSchedule edm(int scales) {
    return new KarrasSchedule(80, 0.002, scales);
  }

  /** This grid with another number of times. */
  public KarrasSchedule with(int number) {
    return new KarrasSchedule(tauMax, tauMin, number);
  }

  /** The time at index i = 0 .. scales - 1, which falls; a fraction lies between two. */
  public double tau(double i) {
    return SigmaSchedule.KARRAS.at(tauMax, tauMin, i / (scales - 1));
  }
}
