package io.github.tcd4j.diffusion.sampler.consistency;

import io.github.tcd4j.diffusion.Denoiser;
import io.github.tcd4j.diffusion.sampler.NoiseSource;
import io.github.tcd4j.diffusion.sampler.Sampler;
import io.github.tcd4j.diffusion.sampler.SamplerSettings;
import io.github.tcd4j.diffusion.sampler.SamplingLoop;
import io.github.tcd4j.diffusion.sampler.SamplingPlan;
import io.github.tcd4j.diffusion.sampler.SchedulerConfig;
import io.github.tcd4j.diffusion.sampler.StepHook;
import io.github.tcd4j.diffusion.sampler.Thresholding;
import io.github.tcd4j.diffusion.schedule.Grid;
import io.github.tcd4j.diffusion.schedule.Node;
import io.github.tcd4j.diffusion.schedule.VpSchedule;
import io.github.tcd4j.files.InvalidRequestException;
import io.github.tcd4j.tensor.Tensor;

/**
 * Multistep consistency sampling (Song et al. 2023, algorithm 1; the paper's algorithm 3, eq. 30)
 * of a network whose x0 is the consistency function itself: denoise to the end, diffuse back to the
 * next node. In tau, with y = x / alpha,
 *
 * <pre>  y_s = x0 + sqrt(tau_s^2 - tauMin^2) z</pre>
 *
 * {@link LcmSampler} does the same with its c_skip and c_out, {@link TcdSampler} with gamma 1 down
 * to index 0. CTM's gamma-sampling of gamma 1 differs from this by the share tauMin / tau_t of y_t,
 * which {@link CtmSampler} keeps because its function stands at tauMin and not at 0.
 *
 * @param tauMin noise at which the consistency function stands, at least 0: 0 in the paper's
 *     algorithm 3, tau of the schedule's beginning in consistency models
 * @param limit what is done to x0
 */
public record ConsistencySampler(double tauMin, Thresholding limit) implements Sampler {
  public ConsistencySampler {
    if (!(tauMin >= 0 && tauMin < Double.POSITIVE_INFINITY)) {
      throw new InvalidRequestException("tauMin must be at least 0 but was " + tauMin);
    }
  }

  /** Algorithm 3: down to no noise. */
  public static SamplingPlan plan(SchedulerConfig config, SamplerSettings settings) {
    return plan(config, settings, 0, Grid.CLEAN);
  }

  /** As consistency models: down to index 0. */
  public static SamplingPlan planToTheFirstIndex(SchedulerConfig config, SamplerSettings settings) {
    Node first = config.schedule(SchedulerConfig.Betas.LATENT).at(0);
    return plan(config, settings, first.tau(), first);
  }

  private static SamplingPlan plan(
      SchedulerConfig config, SamplerSettings settings, double tauMin, Node terminal) {
    VpSchedule schedule = config.schedule(SchedulerConfig.Betas.LATENT);
    Sampler sampler = new ConsistencySampler(tauMin, Thresholding.of(config, false));
    return ConsistencyGrid.plan(sampler, schedule, terminal, config, settings);
  }

  @Override
  public Tensor denoise(Denoiser d, Tensor latents, Grid grid, NoiseSource noise, StepHook hook) {
    return SamplingLoop.along(
        grid,
        latents,
        hook,
        context -> {
          Node s = context.next();
          Tensor x0 = limit.apply(context.evaluate(d, Grid.CLEAN).x0(context.x(), context.node()));
          return new SamplingLoop.StepResult(
              noise.add(x0.times(s.alpha()), deviation(s)), () -> x0);
        });
  }

  /** Standard deviation of the noise that is drawn over alpha_s x0; all of sigma_s at tauMin 0. */
  private double deviation(Node s) {
    double share = s.sigma() == 0 ? 1 : Math.min(1, tauMin / s.tau());
    return s.sigma() * Math.sqrt(1 - share * share);
  }
}
