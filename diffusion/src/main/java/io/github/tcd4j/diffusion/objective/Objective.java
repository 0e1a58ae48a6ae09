package io.github.tcd4j.diffusion.objective;

import io.github.tcd4j.diffusion.schedule.NoiseSchedule;
import io.github.tcd4j.tensor.RandomSource;
import io.github.tcd4j.tensor.Tensor;

/**
 * What a training run makes small. An objective is a value; all that it works with comes in with
 * the call.
 */
@FunctionalInterface
public interface Objective {
  /**
   * @param x0 clean latents (B, C, H, W)
   * @param players the networks, with the batch's conditions closed over
   * @param schedule the teacher's noise schedule
   * @param random the only source of randomness; each objective says in which order it draws
   * @param step number of steps done so far, from 0
   * @param total number of steps of the whole run
   * @return scalars from which gradients can be taken
   */
  Losses losses(
      Tensor x0,
      DistillationNetworks players,
      NoiseSchedule schedule,
      RandomSource random,
      long step,
      long total);
}
