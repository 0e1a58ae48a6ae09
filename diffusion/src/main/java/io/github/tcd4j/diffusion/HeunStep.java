package io.github.tcd4j.diffusion;

import io.github.tcd4j.diffusion.schedule.NoiseSchedule;
import io.github.tcd4j.diffusion.schedule.PerSample;
import io.github.tcd4j.tensor.Tensor;

/**
 * The second-order step of Karras et al. (2022, algorithm 1), by which consistency models are
 * distilled: an Euler step of dy/dtau = eps in y = x / alpha, which is TCF(1), and then the mean of
 * the slopes at its two ends,
 *
 * <pre>  x_s = x_s' + alpha_s (tau_s - tau_t) / 2 [eps(x_s', s) - eps(x, t)],   x_s' = TCF(1)</pre>
 *
 * Where s has no noise, the network cannot be evaluated, and the Euler step is the result.
 */
public record HeunStep() implements TrajectoryFunction {
  @Override
  public Tensor jump(Denoiser d, Tensor x, Tensor t, Tensor s, NoiseSchedule schedule) {
    Prediction first = d.at(x, t, s);
    Tensor alpha = schedule.alpha(t);
    Tensor sigma = schedule.sigma(t);
    Tensor alphaS = schedule.alpha(s);
    Tensor sigmaS = schedule.sigma(s);
    Tensor eps = first.epsilon(x, alpha, sigma);
    Tensor euler = first.x0(x, alpha, sigma).times(alphaS).plus(eps.times(sigmaS));
    double[] ends = s.toDoubleArray();
    for (int b = 0; b < ends.length; b++) {
      // A time without noise is replaced by one with some; its weight is zero below.
      ends[b] = schedule.sigma(ends[b]) > 0 ? ends[b] : schedule.lastTime();
    }
    Tensor asked = Tensor.of(ends).to(t.dtype()).to(t.device());
    Tensor second =
        d.at(euler, asked, s).epsilon(euler, schedule.alpha(asked), schedule.sigma(asked));
    Tensor width = alphaS.times(sigmaS.div(alphaS).minus(sigma.div(alpha))).div(2);
    Tensor reached = width.times(PerSample.map(s, time -> schedule.sigma(time) > 0 ? 1 : 0));
    return euler.plus(second.minus(eps).times(reached));
  }

  @Override
  public int evaluations() {
    return 2;
  }
}
