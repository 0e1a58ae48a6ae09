package io.github.tcd4j.diffusion.sampler;

import java.util.List;

/**
 * What the registry knows of a sampler.
 *
 * @param name as on the command line
 * @param summary a few words for a list
 * @param defaultSteps how many steps it takes where nobody says
 * @param planner makes sampler and grid of a model's configuration and a user's settings
 * @param knobs which of {@code gamma} and {@code eta} it listens to
 */
public record SamplerEntry(
    String name, String summary, int defaultSteps, Planner planner, List<String> knobs) {
  /** Reads a configuration as one class of diffusers would. */
  @FunctionalInterface
  public interface Planner {
    Plan plan(SchedulerConfig config, SamplerSettings settings);
  }

  SamplerEntry(String name, String summary, int defaultSteps, Planner planner, String... knobs) {
    this(name, summary, defaultSteps, planner, List.of(knobs));
  }

  /**
   * The sampler and its grid for a model.
   *
   * @param config the model's scheduler configuration
   * @param settings what the user chose; a knob that this sampler does not have is an error
   */
  public Plan plan(SchedulerConfig config, SamplerSettings settings) {
    if (settings.gamma() != null || settings.gammas() != null) {
      check("gamma");
    }
    if (settings.eta() != null) {
      check("eta");
    }
    boolean open = settings.steps() == null && settings.timesteps() == null;
    return planner.plan(config, open ? settings.withSteps(defaultSteps) : settings);
  }

  private void check(String knob) {
    if (!knobs.contains(knob)) {
      throw new IllegalArgumentException(
          knob
              + " does nothing with the sampler "
              + name
              + "; leave it out, or choose one of "
              + Samplers.all().stream()
                  .filter(e -> e.knobs.contains(knob))
                  .map(e -> e.name)
                  .toList());
    }
  }
}
