package io.github.tcd4j.diffusion.sampler;

import io.github.tcd4j.diffusion.Denoiser;
import io.github.tcd4j.diffusion.schedule.Grid;
import io.github.tcd4j.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;

/**
 * A sampler and its grid, ready for a network.
 *
 * @param sampler the sampler
 * @param grid its nodes
 * @param notes sentences for the user about choices that may not be what was meant
 */
public record SamplingPlan(Sampler sampler, Grid grid, List<String> notes) {
  public SamplingPlan {
    notes = List.copyOf(notes);
  }

  public SamplingPlan(Sampler sampler, Grid grid) {
    this(sampler, grid, List.of());
  }

  /** {@link Sampler#walk} along the grid. */
  public Tensor denoise(Denoiser d, Tensor start, NoiseSource noise, StepHook hook) {
    return sampler.denoise(d, start, grid, noise, hook);
  }

  /** {@link Sampler#sample} along the grid. */
  public Tensor sample(Denoiser d, Tensor unitNoise, NoiseSource noise, StepHook hook) {
    return sampler.sample(d, unitNoise, grid, noise, hook);
  }

  /** Where sampling starts from clean latents: they, diffused to the first node. */
  public Tensor start(Tensor clean, Tensor unitNoise) {
    return grid.node(0).point(clean, unitNoise);
  }

  /**
   * This, with a note where a sampler of order 2 has no step of that order.
   *
   * @param ofOrderTwo how many steps are
   * @param first name of the sampler that the other steps are of
   */
  public SamplingPlan noting(int ofOrderTwo, String first) {
    if (ofOrderTwo > 0) {
      return this;
    }
    List<String> more = new ArrayList<>(notes);
    more.add("with so few steps none of them is of order 2: each is a step of " + first);
    return new SamplingPlan(sampler, grid, more);
  }

  /** The last {@code (int) (n strength)} of its n steps, see {@link Grid#withStrength}. */
  public SamplingPlan withStrength(double strength) {
    Grid end = grid.withStrength(strength);
    return new SamplingPlan(sampler.forLast(end.steps()), end, notes);
  }
}
