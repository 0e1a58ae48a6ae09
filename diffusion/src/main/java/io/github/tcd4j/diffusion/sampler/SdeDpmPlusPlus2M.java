package io.github.tcd4j.diffusion.sampler;

import io.github.tcd4j.diffusion.Denoiser;
import io.github.tcd4j.diffusion.Grid;
import io.github.tcd4j.tensor.Tensor;

/**
 * SDE-DPM-Solver++ (2M) (Lu et al. 2022b, appendix E): {@link DpmPlusPlus2M} on the reverse
 * stochastic equation, so that fresh noise is added in every step. With H = 2 h,
 *
 * <pre>
 *   x_s = (sigma_s / sigma_t) e^-h x_t + alpha_s (1 - e^-2h) (x0 + D / 2) + sigma_s sqrt(1 - e^-2h) z
 * </pre>
 *
 * Of first order it is ancestral sampling, DDIM with eta 1.
 *
 * @param order 1 or 2; {@code solver_order} of a configuration
 * @param correction weight of D
 * @param firstOrderAtEnd whether the last step is of first order
 * @param limit what is done to x0
 */
public record SdeDpmPlusPlus2M(
    int order, Correction correction, boolean firstOrderAtEnd, SampleLimit limit)
    implements Sampler {
  public SdeDpmPlusPlus2M {
    if (order != 1 && order != 2) {
      throw new IllegalArgumentException("solver_order must be 1 or 2 but was " + order);
    }
  }

  static Plan plan(SchedulerConfig config, SamplerSettings settings) {
    Grid grid = SolverGrid.of(config, settings);
    return new Plan(
        new SdeDpmPlusPlus2M(
            config.whole("solver_order", 2),
            Correction.of(config),
            SolverGrid.firstOrderAtEnd(grid, config),
            SampleLimit.of(config.with("clip_sample", false), false)),
        grid);
  }

  @Override
  public Tensor walk(Denoiser d, Tensor latents, Grid grid, NoiseSource noise, StepHook hook) {
    return Walk.along(
        grid,
        latents,
        hook,
        leg -> {
          Tensor x0 = limit.apply(leg.ask(d, leg.next()).x0(leg.x(), leg.node()));
          ExponentialStep step = new ExponentialStep(leg.node(), leg.next(), true);
          boolean straight = order == 1 || (leg.last() && firstOrderAtEnd);
          Tensor x = leg.lookingBack(step, x0, straight ? null : correction);
          return new Walk.Step(noise.add(x, step.deviation()), x0);
        });
  }
}
