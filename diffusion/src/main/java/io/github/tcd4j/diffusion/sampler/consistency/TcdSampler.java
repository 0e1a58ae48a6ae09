package io.github.tcd4j.diffusion.sampler.consistency;

import io.github.tcd4j.diffusion.Denoiser;
import io.github.tcd4j.diffusion.Tcf1;
import io.github.tcd4j.diffusion.Tcf2;
import io.github.tcd4j.diffusion.TrajectoryFunction;
import io.github.tcd4j.diffusion.sampler.Gamma;
import io.github.tcd4j.diffusion.sampler.NoiseSource;
import io.github.tcd4j.diffusion.sampler.Sampler;
import io.github.tcd4j.diffusion.sampler.SamplerSettings;
import io.github.tcd4j.diffusion.sampler.SamplingPlan;
import io.github.tcd4j.diffusion.sampler.SchedulerConfig;
import io.github.tcd4j.diffusion.sampler.StepHook;
import io.github.tcd4j.diffusion.schedule.Grid;
import io.github.tcd4j.diffusion.schedule.VpSchedule;
import io.github.tcd4j.tensor.Tensor;

/**
 * Strategic stochastic sampling (paper, algorithm 4, eq. 33-35). From t to the next node s:
 *
 * <pre>
 *   s'   = floor((1 - gamma) s)
 *   x_s' = f^{t->s'}(x_t)                                                    denoise
 *   x_s  = (alpha_s / alpha_s') x_s' + sqrt(1 - alpha_s^2 / alpha_s'^2) z    diffuse
 * </pre>
 *
 * The last step does not diffuse. It ends at index 0 of the schedule, not at alpha = 1: of the
 * noise 3 % are left, as in diffusers' TCDScheduler.
 *
 * <p>With TCF(1) this is order 1; with TCF(2) it is order 2 from two evaluations a step, 2S.
 *
 * @param gamma how stochastic: 0 follows the trajectory, 1 denoises fully in every step
 * @param function the trajectory function that the network was trained for
 */
public record TcdSampler(Gamma gamma, TrajectoryFunction function) implements Sampler {
  /** What diffusers and the paper's demonstrations use. */
  public static final double DEFAULT_GAMMA = 0.3;

  /** The same gamma in every step. */
  public TcdSampler(double gamma, TrajectoryFunction function) {
    this(new Gamma.Constant(gamma), function);
  }

  /** With TCF(1). */
  public TcdSampler(double gamma) {
    this(gamma, new Tcf1());
  }

  public static SamplingPlan plan(SchedulerConfig config, SamplerSettings settings) {
    return plan(new Tcf1(), config, settings);
  }

  public static SamplingPlan plan2S(SchedulerConfig config, SamplerSettings settings) {
    return plan(new Tcf2(), config, settings);
  }

  private static SamplingPlan plan(
      TrajectoryFunction function, SchedulerConfig config, SamplerSettings settings) {
    VpSchedule schedule = config.schedule(SchedulerConfig.Betas.LATENT);
    Sampler sampler = new TcdSampler(settings.gammaOr(DEFAULT_GAMMA), function);
    return ConsistencyGrid.plan(sampler, schedule, schedule.at(0), config, settings);
  }

  @Override
  public int evaluations(Grid grid) {
    return function.evaluations() * grid.steps();
  }

  @Override
  public Sampler forLast(int steps) {
    return new TcdSampler(gamma.last(steps), function);
  }

  @Override
  public Tensor denoise(Denoiser d, Tensor latents, Grid grid, NoiseSource noise, StepHook hook) {
    return StochasticSampling.along(
        grid,
        latents,
        noise,
        hook,
        gamma,
        (s, g) -> grid.schedule().at(destination(g, s.time())),
        StochasticSampling.by(function, d, grid.schedule()));
  }

  /**
   * floor((1 - gamma) s), in float32 as diffusers has it: 0.7 of 90 is 63 there, and in float64
   * just less.
   */
  public static double destination(double gamma, double s) {
    return Math.floor((float) (1 - gamma) * (float) s);
  }
}
