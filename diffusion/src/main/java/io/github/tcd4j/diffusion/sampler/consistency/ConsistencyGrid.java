package io.github.tcd4j.diffusion.sampler.consistency;

import io.github.tcd4j.diffusion.sampler.Sampler;
import io.github.tcd4j.diffusion.sampler.SamplerSettings;
import io.github.tcd4j.diffusion.sampler.SamplingPlan;
import io.github.tcd4j.diffusion.sampler.SchedulerConfig;
import io.github.tcd4j.diffusion.schedule.Grid;
import io.github.tcd4j.diffusion.schedule.Node;
import io.github.tcd4j.diffusion.schedule.SolverTimesteps;
import io.github.tcd4j.diffusion.schedule.VpSchedule;
import io.github.tcd4j.files.InvalidRequestException;
import java.util.ArrayList;
import java.util.List;

/**
 * The grid of the few-step samplers TCD and LCM: n times spread evenly over those of the
 * distillation, {@code original_inference_steps} (50) in number, or a list of times. Spacing and
 * offset of the configuration play no part.
 */
final class ConsistencyGrid {
  private ConsistencyGrid() {}

  public static SamplingPlan plan(
      Sampler sampler,
      VpSchedule schedule,
      Node terminal,
      SchedulerConfig config,
      SamplerSettings settings) {
    int original = config.whole("original_inference_steps", SolverTimesteps.INFERENCE_TIMES);
    if (original < 1 || original > schedule.steps()) {
      throw new InvalidRequestException(
          "original_inference_steps must be in [1, " + schedule.steps() + "] but was " + original);
    }
    SolverTimesteps skipped = new SolverTimesteps(schedule.steps(), schedule.steps() / original);
    if (settings.timesteps() == null) {
      double[] times = skipped.spread(original, settings.count());
      return new SamplingPlan(sampler, Grid.of(schedule, times, terminal));
    }
    double[] times = Grid.custom(schedule, settings.timesteps());
    return new SamplingPlan(
        sampler,
        Grid.of(schedule, times, terminal),
        notes(times, skipped, original, settings.strength() == null));
  }

  private static List<String> notes(
      double[] times, SolverTimesteps skipped, int original, boolean fromNoise) {
    List<String> notes = new ArrayList<>();
    if (fromNoise && times[0] != skipped.steps() - 1) {
      notes.add(
          "timesteps start at "
              + times[0]
              + ", not at "
              + (skipped.steps() - 1)
              + ": the start noise is treated as less noisy than it is");
    }
    if (times.length > original) {
      notes.add(times.length + " timesteps are more than the " + original + " of the distillation");
    }
    return notes;
  }
}
