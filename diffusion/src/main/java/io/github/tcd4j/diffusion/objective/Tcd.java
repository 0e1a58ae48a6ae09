package io.github.tcd4j.diffusion.objective;

import io.github.tcd4j.diffusion.Tcf1;
import io.github.tcd4j.diffusion.TrajectoryFunction;
import io.github.tcd4j.diffusion.schedule.NoiseSchedule;
import io.github.tcd4j.tensor.RandomSource;
import io.github.tcd4j.tensor.Tensor;

/**
 * Trajectory consistency distillation, algorithm 2 of the paper, eq. 29:
 *
 * <pre>  L = E d( f_theta^{t->s}(x_t, t), f_theta-^{t_n->s}(x_{t_n}, t_n) ),   0 <= s <= t_n < t
 * </pre>
 *
 * with s drawn for every row by itself, by default uniform on the skipped grid {0, 19, 39, ...
 * t_n}, ends included. Where s = t_n the target is the teacher's own step, which anchors the
 * training. With {@link GuidedStep#unguided} it is algorithm 1.
 *
 * <p>The destination is the last random draw.
 *
 * @param step what it shares with other distillations
 * @param function the trajectory function that is trained, the one to sample with
 * @param destinations how s is drawn
 */
public record Tcd(GuidedStep step, TrajectoryFunction function, Destinations destinations)
    implements Objective {
  /** With s uniform on the skipped grid. */
  public Tcd(GuidedStep step, TrajectoryFunction function) {
    this(step, function, new Destinations.Skipped());
  }

  /** TCF(1), the paper's default. */
  public static Tcd tcf1(GuidedStep step) {
    return new Tcd(step, new Tcf1());
  }

  @Override
  public Losses losses(
      Tensor x0,
      DistillationNetworks players,
      NoiseSchedule schedule,
      RandomSource random,
      long stepsDone,
      long total) {
    return step.losses(
        x0,
        players,
        schedule,
        random,
        (grid, i, source) -> {
          Tensor s = destinations.draw(grid, i, source).to(x0.device());
          return (d, x, t) -> function.jump(d, x, t, s, schedule);
        });
  }
}
