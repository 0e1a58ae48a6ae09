package io.github.tcd4j.diffusion.sampler.consistency;

import io.github.tcd4j.diffusion.Denoiser;
import io.github.tcd4j.diffusion.Tcf1;
import io.github.tcd4j.diffusion.TrajectoryFunction;
import io.github.tcd4j.diffusion.sampler.Gamma;
import io.github.tcd4j.diffusion.sampler.NoiseSource;
import io.github.tcd4j.diffusion.sampler.Sampler;
import io.github.tcd4j.diffusion.sampler.SamplerSettings;
import io.github.tcd4j.diffusion.sampler.SamplingPlan;
import io.github.tcd4j.diffusion.sampler.SchedulerConfig;
import io.github.tcd4j.diffusion.sampler.StepHook;
import io.github.tcd4j.diffusion.schedule.Grid;
import io.github.tcd4j.diffusion.schedule.Node;
import io.github.tcd4j.diffusion.schedule.NoiseSchedule;
import io.github.tcd4j.diffusion.schedule.VpSchedule;
import io.github.tcd4j.files.InvalidRequestException;
import io.github.tcd4j.tensor.Tensor;

/**
 * Gamma-sampling of consistency trajectory models (Kim et al. 2023, algorithm 3). It denoises and
 * diffuses as {@link TcdSampler} does, but s' is chosen in tau instead of in time:
 *
 * <pre>  tau' = sqrt(1 - gamma^2) (tau_s - tauMin) + tauMin</pre>
 *
 * so that the variance of the noise drawn, tau_s^2 - tau'^2, is the share gamma^2 of tau_s^2 where
 * tauMin is 0. A step of TCD with gamma_TCD, which lands on s' = (1 - gamma_TCD) s, is therefore
 * one of CTM with
 *
 * <pre>  gamma_CTM = sqrt(1 - ((tau_s' - tauMin) / (tau_s - tauMin))^2)</pre>
 *
 * which differs from step to step: TCD's 0.3 is 0.91 at s = 759, 0.79 at 499, 0.68 at 259. Both are
 * the same at 0 and at 1.
 *
 * @param gamma how stochastic: 0 follows the trajectory, 1 denoises fully in every step
 * @param tauMin where the trajectories end: tau of index 0 in the code of CTM's authors, 0 in their
 *     paper
 * @param function the trajectory function that the network was trained for; TCF(1) is CTM's outer
 *     form
 */
public record CtmSampler(Gamma gamma, double tauMin, TrajectoryFunction function)
    implements Sampler {
  public CtmSampler {
    if (!(tauMin >= 0 && tauMin < Double.POSITIVE_INFINITY)) {
      throw new InvalidRequestException("tauMin must be at least 0 but was " + tauMin);
    }
  }

  public static SamplingPlan plan(SchedulerConfig config, SamplerSettings settings) {
    VpSchedule schedule = config.schedule(SchedulerConfig.Betas.LATENT);
    Gamma gamma = settings.gammaOr(TcdSampler.DEFAULT_GAMMA);
    Sampler sampler = new CtmSampler(gamma, schedule.tau(0), new Tcf1());
    return ConsistencyGrid.plan(sampler, schedule, schedule.at(0), config, settings);
  }

  /** The gamma of this sampler with which a step to {@code s} denoises to {@code between}. */
  static double gammaOf(Node between, Node s, double tauMin) {
    double share = (between.tau() - tauMin) / (s.tau() - tauMin);
    return Math.sqrt(1 - share * share);
  }

  @Override
  public int evaluations(Grid grid) {
    return function.evaluations() * grid.steps();
  }

  @Override
  public Sampler forLast(int steps) {
    return new CtmSampler(gamma.last(steps), tauMin, function);
  }

  @Override
  public Tensor denoise(Denoiser d, Tensor latents, Grid grid, NoiseSource noise, StepHook hook) {
    return StochasticSampling.along(
        grid,
        latents,
        noise,
        hook,
        gamma,
        (s, g) -> between(s, g, grid.schedule()),
        StochasticSampling.by(function, d, grid.schedule()));
  }

  Node between(Node s, double gamma, NoiseSchedule schedule) {
    double tau = Math.sqrt(1 - gamma * gamma) * (s.tau() - tauMin) + tauMin;
    return tau == 0 ? Grid.CLEAN : Node.ofTau(schedule.timeOf(-Math.log(tau)), tau);
  }
}
