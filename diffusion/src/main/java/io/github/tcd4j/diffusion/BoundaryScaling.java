package io.github.tcd4j.diffusion;

import io.github.tcd4j.diffusion.schedule.PerSample;
import io.github.tcd4j.files.InvalidRequestException;
import io.github.tcd4j.tensor.Tensor;

/**
 * How a latent consistency model mixes its input with its x0, so that f(x, 0) = x (paper, eq. 7 and
 * 11): c_skip(t) x + c_out(t) x0 with q = timeScale t, c_skip = d^2 / (q^2 + d^2) and c_out = q /
 * sqrt(q^2 + d^2), d = sigmaData. As released, c_out lacks the factor d of consistency models; with
 * the time scaled by 10 both are an impulse at t = 0, and it makes no difference.
 *
 * @param sigmaData standard deviation that the data is taken to have; at 0 the impulse is exact
 * @param timeScale factor on the time
 */
public record BoundaryScaling(double sigmaData, double timeScale) {
  /** The one that all latent consistency models use. */
  public static final BoundaryScaling LCM = new BoundaryScaling(0.5, 10);

  /**
   * x at t = 0, else x0 alone: the paper's form (eq. 6 and 14). The exception at 0 is what ties the
   * function to the data; without it any drift would be as consistent.
   */
  public static final BoundaryScaling PLAIN = new BoundaryScaling(0, 1);

  public BoundaryScaling {
    if (!(sigmaData >= 0 && timeScale > 0)) {
      throw new InvalidRequestException(
          "the scaling needs sigma_data >= 0 and a time scale > 0 but they were "
              + sigmaData
              + " and "
              + timeScale);
    }
  }

  public double skip(double t) {
    if (sigmaData == 0) {
      return t == 0 ? 1 : 0;
    }
    double q = timeScale * t;
    return sigmaData * sigmaData / (q * q + sigmaData * sigmaData);
  }

  public double out(double t) {
    if (sigmaData == 0) {
      return t == 0 ? 0 : 1;
    }
    double q = timeScale * t;
    return q / Math.hypot(q, sigmaData);
  }

  /** c_skip(t) x + c_out(t) x0, each row at its own time t (B). */
  public Tensor mix(Tensor x, Tensor x0, Tensor t) {
    return PerSample.map(t, this::skip).times(x).plus(PerSample.map(t, this::out).times(x0));
  }
}
