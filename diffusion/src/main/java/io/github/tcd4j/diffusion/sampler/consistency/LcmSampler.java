package io.github.tcd4j.diffusion.sampler.consistency;

import io.github.tcd4j.diffusion.BoundaryScaling;
import io.github.tcd4j.diffusion.Denoiser;
import io.github.tcd4j.diffusion.Prediction;
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
import io.github.tcd4j.tensor.Tensor;

/**
 * Multistep consistency sampling of latent consistency models (paper, algorithm 3, eq. 30): denoise
 * to the end, diffuse back to the next node.
 *
 * <pre>
 *   xhat = c_skip(t) x_t + c_out(t) x0
 *   x_s  = alpha_s xhat + sigma_s z          on the last step xhat itself
 * </pre>
 *
 * @param scaling c_skip and c_out
 * @param limit what is done to x0 before
 */
public record LcmSampler(BoundaryScaling scaling, Thresholding limit) implements Sampler {
  public static SamplingPlan plan(SchedulerConfig config, SamplerSettings settings) {
    VpSchedule schedule = config.schedule(SchedulerConfig.Betas.LATENT);
    BoundaryScaling scaling = new BoundaryScaling(0.5, config.number("timestep_scaling", 10));
    Sampler sampler = new LcmSampler(scaling, Thresholding.of(config, false));
    return ConsistencyGrid.plan(sampler, schedule, Grid.CLEAN, config, settings);
  }

  @Override
  public Tensor denoise(Denoiser d, Tensor latents, Grid grid, NoiseSource noise, StepHook hook) {
    return SamplingLoop.along(
        grid,
        latents,
        hook,
        context -> {
          Node t = context.node();
          Prediction p = limit.apply(context.evaluate(d, Grid.CLEAN), context.x(), t);
          double skip = scaling.skip(t.time());
          double out = scaling.out(t.time());
          Node s = context.last() ? Grid.CLEAN : context.next();
          Tensor x = p.mix(context.x(), t, s.alpha() * out, 0, s.alpha() * skip);
          return new SamplingLoop.StepResult(
              noise.add(x, s.sigma()), () -> p.mix(context.x(), t, out, 0, skip));
        });
  }
}
