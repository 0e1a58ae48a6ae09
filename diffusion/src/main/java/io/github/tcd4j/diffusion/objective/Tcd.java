package io.github.tcd4j.diffusion.objective;

import io.github.tcd4j.diffusion.NoiseSchedule;
import io.github.tcd4j.diffusion.SkippedGrid;
import io.github.tcd4j.diffusion.Tcf1;
import io.github.tcd4j.diffusion.TrajectoryFunction;
import io.github.tcd4j.tensor.RandomSource;
import io.github.tcd4j.tensor.Tensor;

/**
 * Trajectory consistency distillation, algorithm 2 of the paper, eq. 29:
 *
 * <pre>  L = E d( f_theta^{t->s}(x_t, t), f_theta-^{t_n->s}(x_{t_n}, t_n) ),   0 <= s <= t_n < t
 * </pre>
 *
 * with s uniform on the skipped grid {0, 19, 39, ... t_n}, ends included, for every row by itself.
 * Where s = t_n the target is the teacher's own step, which anchors the training.
 *
 * <p>The destination is the last random draw: one uniform number for each row.
 *
 * @param step what it shares with other distillations
 * @param function the trajectory function that is trained, the one to sample with
 */
public record Tcd(GuidedStep step, TrajectoryFunction function) implements Objective {
  /** TCF(1), the paper's default. */
  public static Tcd tcf1(GuidedStep step) {
    return new Tcd(step, new Tcf1());
  }

  @Override
  public Losses losses(
      Tensor x0,
      Players players,
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
          Tensor s = destinations(grid, i, source).to(x0.device());
          return (d, x, t) -> function.jump(d, x, t, s, schedule);
        });
  }

  /** Ends of steps j uniform in 0 .. i, row by row. */
  private static Tensor destinations(SkippedGrid grid, Tensor i, RandomSource random) {
    double[] steps = i.toDoubleArray();
    double[] u = random.uniform(0, 1, steps.length).toDoubleArray();
    for (int b = 0; b < u.length; b++) {
      u[b] = Math.floor(u[b] * (steps[b] + 1));
    }
    return GuidedStep.times(Tensor.of(u), grid::end);
  }
}
