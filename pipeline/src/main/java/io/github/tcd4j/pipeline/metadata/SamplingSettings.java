package io.github.tcd4j.pipeline.metadata;

import io.github.tcd4j.diffusion.Prediction;
import io.github.tcd4j.diffusion.sampler.SamplerSettings;
import io.github.tcd4j.diffusion.sampler.registry.Samplers;
import io.github.tcd4j.diffusion.schedule.Spacing;
import io.github.tcd4j.files.InvalidRequestException;
import org.jspecify.annotations.Nullable;

/**
 * How the latents are sampled. In a request null leaves a choice to the model and its LoRA; in a
 * picture's {@link GenerationSettings} sampler, steps and guidance are filled in.
 *
 * @param sampler a name of {@link Samplers}, or {@link #CUSTOM}
 * @param knobs steps or timesteps, gamma, eta
 * @param guidance diffusers' guidance_scale g, in [0, 1000]; off at 1 and less
 * @param spacing overrides {@code timestep_spacing} of the model's scheduler
 * @param prediction overrides its {@code prediction_type}
 * @param hooked whether a step hook of the calling program took part, which no picture can carry
 */
public record SamplingSettings(
    @Nullable String sampler,
    SamplerSettings knobs,
    @Nullable Double guidance,
    @Nullable String spacing,
    @Nullable String prediction,
    boolean hooked) {
  /** The name of a sampler that the calling program brought along. */
  public static final String CUSTOM = "custom";

  /** Nothing chosen. */
  public static final SamplingSettings NONE =
      new SamplingSettings(null, SamplerSettings.NONE, null, null, null, false);

  /**
   * Checks what can be checked without a model.
   *
   * @throws InvalidRequestException if a name is unknown or the guidance out of range
   */
  public SamplingSettings {
    if (sampler != null && !sampler.equals(CUSTOM)) {
      Samplers.named(sampler);
    }
    if (guidance != null && !(guidance >= 0 && guidance <= 1000)) {
      throw new InvalidRequestException(
          "guidance must be in [0, 1000] but was " + guidance + "; 1 or less turns it off");
    }
    if (spacing != null) {
      Spacing.parse(spacing);
    }
    if (prediction != null) {
      Prediction.Kind.parse(prediction);
    }
  }

  /** Whether the settings are all that it takes to sample again. */
  public boolean isReplayable() {
    return !hooked && !CUSTOM.equals(sampler);
  }

  public SamplingSettings withSampler(@Nullable String name) {
    return new SamplingSettings(name, knobs, guidance, spacing, prediction, hooked);
  }

  public SamplingSettings withKnobs(SamplerSettings settings) {
    return new SamplingSettings(sampler, settings, guidance, spacing, prediction, hooked);
  }

  public SamplingSettings withGuidance(@Nullable Double scale) {
    return new SamplingSettings(sampler, knobs, scale, spacing, prediction, hooked);
  }

  public SamplingSettings withSpacing(@Nullable String rule) {
    return new SamplingSettings(sampler, knobs, guidance, rule, prediction, hooked);
  }

  public SamplingSettings withPrediction(@Nullable String kind) {
    return new SamplingSettings(sampler, knobs, guidance, spacing, kind, hooked);
  }

  public SamplingSettings withHooked(boolean on) {
    return new SamplingSettings(sampler, knobs, guidance, spacing, prediction, on);
  }
}
