package io.github.tcd4j.diffusion.objective;

import io.github.tcd4j.diffusion.BoundaryScaling;
import io.github.tcd4j.diffusion.schedule.NoiseSchedule;
import io.github.tcd4j.tensor.RandomSource;
import io.github.tcd4j.tensor.Tensor;

/**
 * Latent consistency distillation (Luo et al. 2023; paper, eq. 11, 13): the destination is always
 * the clean sample, given by f(x, t) = c_skip(t) x + c_out(t) x0. Over {@link GuidedStep#unguided}
 * it is consistency distillation (Song et al. 2023) in the discrete times of latent models. Draws
 * nothing beyond what {@link GuidedStep} draws.
 *
 * @param step what it shares with other distillations
 * @param scaling c_skip and c_out; {@link BoundaryScaling#PLAIN} is the paper's form, eq. 14
 */
public record Lcm(GuidedStep step, BoundaryScaling scaling) implements Objective {
  /** With the scaling that all released models use. */
  public static Lcm of(GuidedStep step) {
    return new Lcm(step, BoundaryScaling.LCM);
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
        (grid, i, source) ->
            (d, x, t) -> {
              Tensor clean = d.at(x, t, t.zerosLike()).x0(x, schedule.alpha(t), schedule.sigma(t));
              return scaling.mix(x, clean, t);
            });
  }
}
