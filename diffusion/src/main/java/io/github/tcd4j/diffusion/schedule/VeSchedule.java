package io.github.tcd4j.diffusion.schedule;

import io.github.tcd4j.files.InvalidRequestException;

/**
 * The variance-exploding schedule x = x_0 + tau noise of Karras et al. (2022), in which the time is
 * tau itself. A VP sample x_t is y = x_t / alpha_t here, at tau = sigma_t / alpha_t.
 *
 * @param tauMin the smallest tau, above 0
 * @param tauMax the greatest tau
 */
public record VeSchedule(double tauMin, double tauMax) implements NoiseSchedule {
  public VeSchedule {
    if (!(tauMin > 0 && tauMin < tauMax && tauMax < Double.POSITIVE_INFINITY)) {
      throw new InvalidRequestException(
          "tau must satisfy 0 < min < max but was " + tauMin + " to " + tauMax);
    }
  }

  @Override
  public double alpha(double t) {
    return 1;
  }

  @Override
  public double sigma(double t) {
    if (!(t >= 0 && t <= tauMax)) {
      throw new IllegalArgumentException("tau must be in [0, " + tauMax + "] but was " + t);
    }
    return t;
  }

  @Override
  public double timeOf(double lambda) {
    return Math.min(Math.max(Math.exp(-lambda), tauMin), tauMax);
  }

  @Override
  public double lastTime() {
    return tauMax;
  }
}
