package io.github.tcd4j.diffusion.sampler;

import io.github.tcd4j.files.InvalidRequestException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a user chose about the way of sampling; null where nothing was chosen.
 *
 * @param steps number of steps; the network runs once in each
 * @param timesteps the times to visit, instead of a number of steps
 * @param gamma stochasticity of TCD, in [0, 1]
 * @param eta stochasticity of DDIM, in [0, 1]
 * @param gammas stochasticity of TCD, one for each step, instead of one for all
 * @param strength how much of a given picture is repainted, in (0, 1]: the grid begins in the
 *     middle, where the caller diffuses the picture to ({@link SamplingPlan#start}). The samplers
 *     of distilled networks spread all their steps over what is left; the others keep the last
 *     {@code floor(strength n)} of them, as diffusers' pipelines do
 */
public record SamplerSettings(
    @Nullable Integer steps,
    @Nullable List<Double> timesteps,
    @Nullable Double gamma,
    @Nullable Double eta,
    @Nullable List<Double> gammas,
    @Nullable Double strength) {
  /** Nothing chosen. */
  public static final SamplerSettings NONE = new SamplerSettings(null, null, null, null);

  /** With one gamma for all steps. */
  public SamplerSettings(
      @Nullable Integer steps,
      @Nullable List<Double> timesteps,
      @Nullable Double gamma,
      @Nullable Double eta) {
    this(steps, timesteps, gamma, eta, null, null);
  }

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
    if (gammas != null) {
      gammas = List.copyOf(gammas);
    }
    if (gamma != null && gammas != null) {
      throw new InvalidRequestException(
          "one gamma and a list of gammas exclude each other: leave one of them out");
    }
    if (strength != null && !(strength > 0 && strength <= 1)) {
      throw new InvalidRequestException("strength must be in (0, 1] but was " + strength);
    }
  }

  public static SamplerSettings ofSteps(int steps) {
    return NONE.withSteps(steps);
  }

  public static SamplerSettings ofTimesteps(List<Double> timesteps) {
    return new SamplerSettings(null, timesteps, null, null);
  }

  public SamplerSettings withSteps(int n) {
    return new SamplerSettings(n, timesteps, gamma, eta, gammas, strength);
  }

  public SamplerSettings withGamma(double value) {
    return new SamplerSettings(steps, timesteps, value, eta, gammas, strength);
  }

  public SamplerSettings withEta(double value) {
    return new SamplerSettings(steps, timesteps, gamma, value, gammas, strength);
  }

  /** One gamma for each step; their number is checked when the sampler is planned. */
  public SamplerSettings withGammas(List<Double> values) {
    return new SamplerSettings(steps, timesteps, gamma, eta, values, strength);
  }

  public SamplerSettings withStrength(double value) {
    return new SamplerSettings(steps, timesteps, gamma, eta, gammas, value);
  }

  /** The gamma that was chosen, or {@code absent} in every step. */
  public Gamma gammaOr(double absent) {
    if (gammas == null) {
      return new Gamma.Constant(gamma == null ? absent : gamma);
    }
    Gamma each = new Gamma.Each(gammas);
    each.at(0, count());
    return each;
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
