package io.github.tcd4j.diffusion.objective;

import io.github.tcd4j.diffusion.TrajectoryFunction;
import io.github.tcd4j.diffusion.schedule.NoiseSchedule;
import io.github.tcd4j.tensor.RandomSource;
import io.github.tcd4j.tensor.Tensor;

/** A relative of {@link Tcd} that differs from it in its destinations alone. */
interface TcdVariant extends Objective, Destinations {
  /** What it shares with other distillations. */
  GuidedStep step();

  /** The trajectory function that is trained. */
  TrajectoryFunction function();

  @Override
  default Losses losses(
      Tensor x0,
      DistillationNetworks players,
      NoiseSchedule schedule,
      RandomSource random,
      long stepsDone,
      long total) {
    return new Tcd(step(), function(), this)
        .losses(x0, players, schedule, random, stepsDone, total);
  }
}
