package io.github.tcd4j.diffusion;

import io.github.tcd4j.diffusion.schedule.NoiseSchedule;
import io.github.tcd4j.diffusion.schedule.PerSample;
import io.github.tcd4j.files.InvalidRequestException;
import io.github.tcd4j.tensor.Tensor;

/**
 * A network of variance-preserving latents seen from y = x / alpha, where the time is tau = sigma /
 * alpha: what consistency models and consistency trajectory models are written in. Whatever the
 * network predicts, the output is x0.
 *
 * @param network evaluated at x = alpha y and at the schedule's time of tau
 * @param schedule the network's own
 */
public record SigmaDenoiser(Denoiser network, NoiseSchedule schedule) implements Denoiser {
  private static final double ROUNDING = 1e-5;

  /** A teacher, seen so. */
  public static GuidedDenoiser of(GuidedDenoiser teacher, NoiseSchedule schedule) {
    return (y, tau, w) -> new SigmaDenoiser(teacher.with(w), schedule).at(y, tau, tau);
  }

  @Override
  public Prediction at(Tensor y, Tensor tau, Tensor s) {
    Tensor alpha = PerSample.map(tau, u -> 1 / Math.hypot(1, u));
    Tensor sigma = PerSample.map(tau, u -> u / Math.hypot(1, u));
    Tensor x = y.times(alpha);
    Prediction told = network.at(x, times(tau), times(s));
    return new Prediction(Prediction.Kind.X0, told.x0(x, alpha, sigma));
  }

  @Override
  public Denoiser withGuidance(Tensor w) {
    return new SigmaDenoiser(network.withGuidance(w), schedule);
  }

  private Tensor times(Tensor tau) {
    double least = Math.exp(-schedule.lambda(0));
    double most = Math.exp(-schedule.lambda(schedule.lastTime()));
    double[] times = tau.toDoubleArray();
    for (int b = 0; b < times.length; b++) {
      double u = times[b];
      if (!(u >= least * (1 - ROUNDING) && u <= most * (1 + ROUNDING))) {
        throw new InvalidRequestException(
            "tau must be in ["
                + least
                + ", "
                + most
                + "], where this network has a time, but was "
                + u
                + "; give the grid these ends");
      }
      times[b] = schedule.timeOf(-Math.log(u));
    }
    return Tensor.of(times).to(tau.dtype()).to(tau.device());
  }
}
