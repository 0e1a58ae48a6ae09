package io.github.tcd4j.diffusion;

import io.github.tcd4j.diffusion.schedule.Node;
import io.github.tcd4j.diffusion.schedule.NoiseSchedule;
import io.github.tcd4j.diffusion.schedule.PerSample;
import io.github.tcd4j.tensor.Tensor;

/**
 * A trajectory consistency function f^{t->s}: takes a point of the probability-flow trajectory at
 * time t to its point at any s <= t (paper, eq. 17 and 25). The sampler and the objective use the
 * same one, so that what is trained is what is sampled. At s = t it gives x back (eq. 27).
 */
@FunctionalInterface
public interface TrajectoryFunction {
  /**
   * @param d the network; may be called more than once
   * @param x latents (B, C, H, W) at times t
   * @param t (B), float32
   * @param s (B), float32, row by row at most t
   * @return latents at times s
   */
  Tensor jump(Denoiser d, Tensor x, Tensor t, Tensor s, NoiseSchedule schedule);

  /**
   * The same with all rows at one time, which lets the coefficients be float64 scalars.
   *
   * @param s may be {@link Node#scaled}; then so are the latents there
   */
  default Tensor jump(Denoiser d, Tensor x, Node t, Node s, NoiseSchedule schedule) {
    Tensor there = jump(d, x, PerSample.same(t.time(), x), PerSample.same(s.time(), x), schedule);
    double scale = s.alpha() / schedule.at(s.time()).alpha();
    return scale == 1 ? there : there.times(scale);
  }

  /** Network evaluations per jump. */
  default int evaluations() {
    return 1;
  }
}
