package io.github.tcd4j.diffusion.objective;

import io.github.tcd4j.diffusion.schedule.KarrasSchedule;
import io.github.tcd4j.diffusion.schedule.NoiseSchedule;
import io.github.tcd4j.tensor.RandomSource;
import io.github.tcd4j.tensor.Tensor;

/**
 * Consistency training (Song et al. 2023, algorithm 3): {@link Cd} without a teacher. The point at
 * the next time is the same picture under the same noise, x_0 + tau_i+1 z, which is right on
 * average and the better the finer the grid; so the grid becomes finer as training goes on.
 *
 * <p>Random draws, each for the whole batch: i, noise.
 *
 * @param grid its ends; the number of times comes from the curriculum
 * @param sigmaData standard deviation of the data, 0.5 as published
 * @param curriculum the number of times, and the decay of the target's moving average, which the
 *     caller applies
 * @param distance between student and target
 */
public record Ct(
    KarrasSchedule grid, double sigmaData, AdaptiveCurriculum curriculum, Distance distance)
    implements Objective {
  @Override
  public Losses losses(
      Tensor x0,
      DistillationNetworks players,
      NoiseSchedule schedule,
      RandomSource random,
      long stepsDone,
      long total) {
    KarrasSchedule now = grid.with(curriculum.scales(stepsDone, total));
    return new ConsistencyStep(now, sigmaData, distance)
        .losses(
            x0, players, schedule, random, (y, z, tau, next, seen, ve) -> ve.diffuse(x0, z, next));
  }
}
