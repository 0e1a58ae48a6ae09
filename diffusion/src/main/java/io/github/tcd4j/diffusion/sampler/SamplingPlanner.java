package io.github.tcd4j.diffusion.sampler;

/** Makes sampler and grid of a scheduler configuration, as one class of diffusers would. */
@FunctionalInterface
public interface SamplingPlanner {
  SamplingPlan plan(SchedulerConfig config, SamplerSettings settings);
}
