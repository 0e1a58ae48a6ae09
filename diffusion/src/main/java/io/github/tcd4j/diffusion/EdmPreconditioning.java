package io.github.tcd4j.diffusion;

import io.github.tcd4j.diffusion.schedule.PerSample;
import io.github.tcd4j.files.InvalidRequestException;
import io.github.tcd4j.tensor.Tensor;

/**
 * Preconditioning of a network F in y = x_0 + tau z (Karras et al. 2022, table 1; with a least tau,
 * Song et al. 2023, appendix C):
 *
 * <pre>
 *   f(y, tau) = c_skip y + c_out F(c_in y, 250 ln tau)       q = tau - tauMin
 *   c_skip = d^2 / (q^2 + d^2)   c_out = q d / sqrt(tau^2 + d^2)   c_in = 1 / sqrt(tau^2 + d^2)
 * </pre>
 *
 * so that inputs and outputs of F are of size 1. At tauMin = 0 f is a denoiser, otherwise a
 * consistency function, f(y, tauMin) = y (paper, eq. 7).
 *
 * @param sigmaData standard deviation of the data, d, above 0
 * @param tauMin the time at which f returns its input, at least 0
 */
public record EdmPreconditioning(double sigmaData, double tauMin) {
  public EdmPreconditioning {
    if (!(sigmaData > 0 && tauMin >= 0)) {
      throw new InvalidRequestException(
          "the scaling needs sigma_data > 0 and tau_min >= 0 but they were "
              + sigmaData
              + " and "
              + tauMin);
    }
  }

  public double skip(double tau) {
    double q = tau - tauMin;
    return sigmaData * sigmaData / (q * q + sigmaData * sigmaData);
  }

  public double out(double tau) {
    return (tau - tauMin) * sigmaData / Math.hypot(tau, sigmaData);
  }

  public double in(double tau) {
    return 1 / Math.hypot(tau, sigmaData);
  }

  /** The raw network F as a denoiser of y; its output is read as F, whatever its kind. */
  public Denoiser precondition(Denoiser raw) {
    return (y, tau, s) -> {
      Tensor answer = raw.at(PerSample.map(tau, this::in).times(y), input(tau), input(s)).output();
      Tensor x0 = PerSample.map(tau, this::skip).times(y);
      return new Prediction(
          Prediction.Kind.X0, x0.plus(PerSample.map(tau, this::out).times(answer.to(y.dtype()))));
    };
  }

  /**
   * The consistency function that shares its F with a denoiser: F is taken out of x0(y, tau) by the
   * scaling without a least tau, and put into this one. A student starts so from its teacher, in
   * whatever its prediction type.
   *
   * @param y points (B, C, H, W) at tau
   * @param x0 the denoiser's outputs
   * @param tau (B), at least tauMin
   */
  public Tensor consistent(Tensor y, Tensor x0, Tensor tau) {
    EdmPreconditioning teacher = new EdmPreconditioning(sigmaData, 0);
    Tensor share = PerSample.map(tau, u -> (u - tauMin) / u);
    Tensor own = PerSample.map(tau, u -> skip(u) - (u - tauMin) / u * teacher.skip(u));
    return share.times(x0).plus(own.times(y));
  }

  /** 250 ln tau, as consistency models tell the time; finite where tau is 0. */
  private static Tensor input(Tensor tau) {
    return tau.clamp(1e-30, 1e30).log().times(250);
  }
}
