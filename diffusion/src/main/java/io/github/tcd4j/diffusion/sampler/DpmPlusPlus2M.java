package io.github.tcd4j.diffusion.sampler;

import io.github.tcd4j.diffusion.Denoiser;
import io.github.tcd4j.diffusion.Grid;
import io.github.tcd4j.tensor.Tensor;

/**
 * DPM-Solver++ (2M) (Lu et al. 2022b, algorithm 2): second order from one network evaluation a
 * step, by looking back on the x0 of the node before. With h = lambda_s - lambda_t, r = (lambda_t -
 * lambda_before) / h and D = (x0 - x0_before) / r,
 *
 * <pre>  x_s = (sigma_s / sigma_t) x_t - alpha_s (e^-h - 1) (x0 + D / 2)</pre>
 *
 * The first step has no past and is of first order, D = 0.
 *
 * @param correction weight of D
 * @param firstOrderAtEnd whether the last step is of first order too, as it must be where it ends
 *     without noise
 * @param limit what is done to x0
 */
public record DpmPlusPlus2M(Correction correction, boolean firstOrderAtEnd, SampleLimit limit)
    implements Sampler {
  static Plan plan(SchedulerConfig config, SamplerSettings settings) {
    Grid grid = SolverGrid.of(config, settings);
    SampleLimit limit = SampleLimit.of(config.with("clip_sample", false), false);
    return new Plan(
        new DpmPlusPlus2M(Correction.of(config), SolverGrid.firstOrderAtEnd(grid, config), limit),
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
          ExponentialStep step = new ExponentialStep(leg.node(), leg.next(), false);
          boolean straight = leg.last() && firstOrderAtEnd;
          return new Walk.Step(leg.lookingBack(step, x0, straight ? null : correction), x0);
        });
  }
}
