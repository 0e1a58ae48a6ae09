package io.github.tcd4j.diffusion.sampler.registry;

import io.github.tcd4j.diffusion.sampler.SamplerSettings;
import io.github.tcd4j.diffusion.sampler.SamplingPlan;
import io.github.tcd4j.diffusion.sampler.SamplingPlanner;
import io.github.tcd4j.diffusion.sampler.SchedulerConfig;
import io.github.tcd4j.files.InvalidRequestException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What the registry knows of a sampler.
 *
 * @param name as on the command line
 * @param title as people write it, and as web pages read it in a picture's parameters; without the
 *     rule of its sigmas
 * @param summary a few words for a list
 * @param defaultSteps default number of steps
 * @param distilledAs method of distillation whose networks it is for, guidance included; null if it
 *     is for any diffusion network
 * @param planner makes sampler and grid of a model's configuration and a user's settings
 * @param parameters which of {@code gamma} and {@code eta} it has
 */
public record SamplerDescriptor(
    String name,
    String title,
    String summary,
    int defaultSteps,
    @Nullable String distilledAs,
    SamplingPlanner planner,
    List<String> parameters) {
  private static final String KARRAS = "-karras";

  public SamplerDescriptor {
    parameters = List.copyOf(parameters);
  }

  /** A sampler of distilled networks, 4 steps. */
  public static SamplerDescriptor distilled(
      String name,
      String title,
      String summary,
      String method,
      SamplingPlanner planner,
      String... parameters) {
    return new SamplerDescriptor(name, title, summary, 4, method, planner, List.of(parameters));
  }

  /** A solver for any diffusion network, 25 steps. */
  public static SamplerDescriptor solver(
      String name, String title, String summary, SamplingPlanner planner, String... parameters) {
    return new SamplerDescriptor(name, title, summary, 25, null, planner, List.of(parameters));
  }

  /** The same on Karras sigmas. */
  public SamplerDescriptor onKarrasSigmas() {
    return new SamplerDescriptor(
        name + KARRAS,
        title,
        "the same on Karras sigmas",
        defaultSteps,
        distilledAs,
        (config, settings) -> planner.plan(config.with("use_karras_sigmas", true), settings),
        parameters);
  }

  /** Whether it uses Karras sigmas. */
  public boolean karras() {
    return name.endsWith(KARRAS);
  }

  /** The title with the rule of its sigmas, for tables and plots. */
  public String label() {
    return karras() ? title + " Karras" : title;
  }

  /**
   * The sampler and its grid for a model.
   *
   * @param config the model's scheduler configuration
   * @param settings what the user chose; a knob that this sampler does not have is an error
   */
  public SamplingPlan plan(SchedulerConfig config, SamplerSettings settings) {
    if (settings.gamma() != null) {
      check("gamma");
    }
    if (settings.eta() != null) {
      check("eta");
    }
    SamplingPlan plan =
        planner.plan(config, settings.hasLength() ? settings : settings.withSteps(defaultSteps));
    return settings.strength() == null ? plan : plan.withStrength(settings.strength());
  }

  private void check(String knob) {
    if (!parameters.contains(knob)) {
      throw new InvalidRequestException(
          knob
              + " does nothing with the sampler "
              + name
              + "; leave it out, or choose one of "
              + Samplers.all().stream()
                  .filter(e -> e.parameters.contains(knob))
                  .map(e -> e.name)
                  .toList());
    }
  }
}
