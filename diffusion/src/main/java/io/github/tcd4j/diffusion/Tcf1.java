package io.github.tcd4j.diffusion;

import io.github.tcd4j.diffusion.schedule.Node;
import io.github.tcd4j.diffusion.schedule.NoiseSchedule;
import io.github.tcd4j.diffusion.schedule.PerSample;
import io.github.tcd4j.tensor.Tensor;

/**
 * TCF(1), the default (paper, eq. 21): the network's output at t is held fixed all the way to s. Of
 * its three equal forms
 *
 * <pre>
 *   (sigma_s / sigma_t) x - alpha_s (e^-h - 1) x0      h = lambda_s - lambda_t
 *   (alpha_s / alpha_t) x - sigma_s (e^h  - 1) eps
 *   alpha_s x0 + sigma_s eps
 * </pre>
 *
 * the last, which is one step of DDIM, is computed: nothing cancels in it. Where all rows are at
 * one time its weights on x and on the network's output are summed up beforehand.
 */
public record Tcf1() implements TrajectoryFunction {
  @Override
  public Tensor jump(Denoiser d, Tensor x, Tensor t, Tensor s, NoiseSchedule schedule) {
    Prediction p = d.at(x, t, s);
    Tensor alpha = schedule.alpha(t);
    Tensor sigma = schedule.sigma(t);
    Tensor signal = p.x0(x, alpha, sigma).times(schedule.alpha(s));
    return signal.plus(p.epsilon(x, alpha, sigma).times(schedule.sigma(s)));
  }

  @Override
  public Tensor jump(Denoiser d, Tensor x, Node t, Node s, NoiseSchedule schedule) {
    Prediction p = d.at(x, PerSample.same(t.time(), x), PerSample.same(s.time(), x));
    return p.mix(x, t, s.alpha(), s.sigma());
  }
}
