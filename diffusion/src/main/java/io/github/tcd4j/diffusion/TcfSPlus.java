package io.github.tcd4j.diffusion;

import io.github.tcd4j.diffusion.schedule.Node;
import io.github.tcd4j.diffusion.schedule.NoiseSchedule;
import io.github.tcd4j.tensor.Tensor;

/**
 * TCF(S+) (paper, eq. 24): the coefficients of TCF(1), but the network is conditioned on s,
 *
 * <pre>  (sigma_s / sigma_t) x - alpha_s (e^-h - 1) F(x, t, s)      h = lambda_s - lambda_t</pre>
 *
 * so that F can be the mean of x0 over the way, weighted with e^lambda, and the jump can be exact,
 * which that of a network not conditioned on s cannot be for every s. It is the outer form G of
 * consistency trajectory models (Kim et al. 2023), whose inner g is F. With a network that does not
 * look at s it is TCF(1).
 */
public record TcfSPlus() implements TrajectoryFunction {
  private static final Tcf1 FORM = new Tcf1();

  @Override
  public Tensor jump(Denoiser d, Tensor x, Tensor t, Tensor s, NoiseSchedule schedule) {
    return FORM.jump(d, x, t, s, schedule);
  }

  @Override
  public Tensor jump(Denoiser d, Tensor x, Node t, Node s, NoiseSchedule schedule) {
    return FORM.jump(d, x, t, s, schedule);
  }
}
