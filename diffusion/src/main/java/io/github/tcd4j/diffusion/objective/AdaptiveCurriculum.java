package io.github.tcd4j.diffusion.objective;

import io.github.tcd4j.files.InvalidRequestException;

/**
 * How consistency training refines its grid (Song et al. 2023, appendix C). At step k of K,
 *
 * <pre>
 *   M(k)  = max(1, ceil( sqrt( k/K ((s1 + 1)^2 - s0^2) + s0^2 ) - 1 ))
 *   N(k)  = M(k) + 1                    times
 *   mu(k) = exp( s0 ln(mu0) / M(k) )    decay of the target's moving average
 * </pre>
 *
 * @param first s0, 2 as published
 * @param last s1, 150 as published (200 for ImageNet)
 * @param decay mu0 in (0, 1), 0.95 as published
 */
public record AdaptiveCurriculum(int first, int last, double decay) {
  public AdaptiveCurriculum {
    if (!(first >= 1 && first <= last) || !(decay > 0 && decay < 1)) {
      throw new InvalidRequestException(
          "a curriculum needs 1 <= s0 <= s1 and mu0 in (0, 1) but they were "
              + first
              + ", "
              + last
              + " and "
              + decay);
    }
  }

  /** N(k), the number of times at step {@code step} of {@code total}. */
  public int scales(long step, long total) {
    return intervals(step, total) + 1;
  }

  /** mu(k), by which the target's moving average keeps itself at this step. */
  public double decay(long step, long total) {
    return Math.exp(first * Math.log(decay) / intervals(step, total));
  }

  private int intervals(long step, long total) {
    double low = (double) first * first;
    double high = (last + 1.0) * (last + 1.0);
    return Math.max(1, (int) Math.ceil(Math.sqrt((double) step / total * (high - low) + low) - 1));
  }
}
