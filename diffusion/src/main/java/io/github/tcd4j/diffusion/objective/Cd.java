package io.github.tcd4j.diffusion.objective;

import io.github.tcd4j.diffusion.HeunStep;
import io.github.tcd4j.diffusion.TrajectoryFunction;
import io.github.tcd4j.diffusion.schedule.KarrasSchedule;
import io.github.tcd4j.diffusion.schedule.NoiseSchedule;
import io.github.tcd4j.tensor.RandomSource;
import io.github.tcd4j.tensor.Tensor;

/**
 * Consistency distillation in EDM time (Song et al. 2023, algorithm 2; paper, eq. 8):
 *
 * <pre>  L = E d( f_theta(y, tau_i), f_theta-(y', tau_i+1) ),   y' = teacher's step from y</pre>
 *
 * with f as {@link io.github.tcd4j.diffusion.EdmPreconditioning#consistent}. On a {@link
 * io.github.tcd4j.diffusion.schedule.VeSchedule} networks work in y and tau; those of any other
 * schedule are asked in their own coordinates ({@link io.github.tcd4j.diffusion.SigmaDenoiser}). In
 * the discrete times of latent models it is {@link Lcm} over {@link GuidedStep#unguided}.
 *
 * <p>Random draws, each for the whole batch: i, noise. Published: 40 scales, Heun, a target that
 * averages with 0.95.
 *
 * @param grid its times
 * @param sigmaData standard deviation of the data, 0.5 as published
 * @param solver the teacher's step
 * @param distance between student and target
 */
public record Cd(
    KarrasSchedule grid, double sigmaData, TrajectoryFunction solver, Distance distance)
    implements Objective {
  /** As published, but for the distance. */
  public static Cd edm(Distance distance) {
    return new Cd(KarrasSchedule.edm(40), 0.5, new HeunStep(), distance);
  }

  @Override
  public Losses losses(
      Tensor x0,
      DistillationNetworks players,
      NoiseSchedule schedule,
      RandomSource random,
      long stepsDone,
      long total) {
    return new ConsistencyStep(grid, sigmaData, distance)
        .losses(
            x0,
            players,
            schedule,
            random,
            (y, z, tau, next, seen, ve) ->
                solver.jump(seen.teacher().with(tau.zerosLike()), y, tau, next, ve));
  }
}
