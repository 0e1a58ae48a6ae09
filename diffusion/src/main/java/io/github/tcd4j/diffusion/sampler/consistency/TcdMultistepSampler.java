package io.github.tcd4j.diffusion.sampler.consistency;

import io.github.tcd4j.diffusion.Denoiser;
import io.github.tcd4j.diffusion.sampler.Gamma;
import io.github.tcd4j.diffusion.sampler.NoiseSource;
import io.github.tcd4j.diffusion.sampler.Sampler;
import io.github.tcd4j.diffusion.sampler.SamplerSettings;
import io.github.tcd4j.diffusion.sampler.SamplingLoop;
import io.github.tcd4j.diffusion.sampler.SamplingPlan;
import io.github.tcd4j.diffusion.sampler.SchedulerConfig;
import io.github.tcd4j.diffusion.sampler.SolverType;
import io.github.tcd4j.diffusion.sampler.StepHook;
import io.github.tcd4j.diffusion.sampler.dpmsolver.DpmSolverMultistep;
import io.github.tcd4j.diffusion.sampler.dpmsolver.DpmSolverPlusPlusStep;
import io.github.tcd4j.diffusion.sampler.dpmsolver.SolverGrid;
import io.github.tcd4j.diffusion.schedule.Grid;
import io.github.tcd4j.diffusion.schedule.VpSchedule;
import io.github.tcd4j.tensor.Tensor;

/**
 * Strategic stochastic sampling of order 2 from one evaluation a step, 2M. The paper names order 2
 * and gives no formula; here the denoising from t to s' looks back on the x0 of the node before, as
 * {@link DpmSolverMultistep} does on its way to s. Without gamma it is that solver. The first step
 * has nothing to look back on and is of order 1.
 *
 * @param gamma how stochastic
 * @param firstOrderAtEnd whether the last step is of order 1 too
 */
public record TcdMultistepSampler(Gamma gamma, boolean firstOrderAtEnd) implements Sampler {
  public static SamplingPlan plan(SchedulerConfig config, SamplerSettings settings) {
    VpSchedule schedule = config.schedule(SchedulerConfig.Betas.LATENT);
    int n = settings.count();
    boolean straight = config.flag("lower_order_final", true) && SolverGrid.few(n);
    Gamma gamma = settings.gammaOr(TcdSampler.DEFAULT_GAMMA);
    Sampler sampler = new TcdMultistepSampler(gamma, straight);
    SamplingPlan plan = ConsistencyGrid.plan(sampler, schedule, schedule.at(0), config, settings);
    return plan.noting(n - (straight ? 2 : 1), "tcd");
  }

  @Override
  public Sampler forLast(int steps) {
    return new TcdMultistepSampler(gamma.last(steps), firstOrderAtEnd);
  }

  @Override
  public Tensor denoise(Denoiser d, Tensor latents, Grid grid, NoiseSource noise, StepHook hook) {
    return StochasticSampling.along(
        grid,
        latents,
        noise,
        hook,
        gamma,
        (s, g) -> grid.schedule().at(TcdSampler.destination(g, s.time())),
        (context, between) -> {
          Tensor x0 = context.evaluate(d, between).x0(context.x(), context.node());
          DpmSolverPlusPlusStep step = new DpmSolverPlusPlusStep(context.node(), between, false);
          boolean straight = context.last() && firstOrderAtEnd;
          Tensor x = context.secondOrder(step, x0, straight ? null : SolverType.MIDPOINT);
          return new SamplingLoop.StepResult(x, () -> x0, x0);
        });
  }
}
