package io.github.tcd4j.diffusion.sampler;

import io.github.tcd4j.files.InvalidRequestException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a user chose about the way of sampling; null where nothing was chosen.
 *
 * @param steps number of steps; the network runs once in each
 * @param timesteps the times to visit, instead of a number of steps
 * @param gamma stochasticity of TCD
 * @param eta stochasticity of DDIM, in [0, 1]
 * @param strength how much of a given picture is generated anew, in (0, 1]: the grid begins in the
 *     middle, where the caller diffuses the picture to ({@link SamplingPlan#start}). The last
 *     {@code (int) (n strength)} of the n steps are kept, as in diffusers' pipelines, whatever the
 *     sampler
 */
public record SamplerSettings(
    @Nullable Integer steps,
    @Nullable List<Double> timesteps,
    @Nullable Gamma gamma,
    @Nullable Double eta,
    @Nullable Double strength) {
  /** Nothing chosen. */
  public static final SamplerSettings NONE = new SamplerSettings(null, null, null, null, null);

  public SamplerSettings {
    if (steps != null && timesteps != null) {
      throw new InvalidRequestException(
          "steps and timesteps exclude each other: the list says how many steps there are");
    }
    if (steps != null && steps < 1) {
      throw new InvalidRequestException("steps must be at least 1 but was " + steps);
    }
    if (timesteps != null) {
      timesteps = List.copyOf(timesteps);
    }
    if (strength != null && !(strength > 0 && strength <= 1)) {
      throw new InvalidRequestException("strength must be in (0, 1] but was " + strength);
    }
  }

  public static SamplerSettings ofSteps(int steps) {
    return NONE.withSteps(steps);
  }

  public static SamplerSettings ofTimesteps(List<Double> timesteps) {
    return NONE.withTimesteps(timesteps);
  }

  public SamplerSettings withSteps(@Nullable Integer n) {
    return new SamplerSettings(n, timesteps, gamma, eta, strength);
  }

  public SamplerSettings withTimesteps(@Nullable List<Double> times) {
    return new SamplerSettings(steps, times, gamma, eta, strength);
  }

  public SamplerSettings withGamma(double value) {
    return withGamma(Gamma.of(value));
  }

  /** With a gamma, or none; the number of one for each step is checked when it is planned. */
  public SamplerSettings withGamma(@Nullable Gamma value) {
    return new SamplerSettings(steps, timesteps, value, eta, strength);
  }

  public SamplerSettings withEta(@Nullable Double value) {
    return new SamplerSettings(steps, timesteps, gamma, value, strength);
  }

  public SamplerSettings withStrength(@Nullable Double value) {
    return new SamplerSettings(steps, timesteps, gamma, eta, value);
  }

  /** Whether a number of steps or a list of times was chosen. */
  public boolean hasLength() {
    return steps != null || timesteps != null;
  }

  /** The gamma that was chosen, of as many steps as there are; or {@code absent} in every step. */
  public Gamma gammaOr(double absent) {
    if (gamma == null) {
      return Gamma.of(absent);
    }
    gamma.at(0, count());
    return gamma;
  }

  /** The number of steps, which must have been chosen or come from the sampler's default. */
  public int count() {
    if (timesteps != null) {
      return timesteps.size();
    }
    if (steps == null) {
      throw new IllegalStateException("no number of steps was chosen");
    }
    return steps;
  }

  /** Refuses more steps than {@code most}. */
  public int count(int most) {
    int n = count();
    if (n > most) {
      throw new InvalidRequestException("steps must be in [1, " + most + "] but was " + n);
    }
    return n;
  }
}
