package io.github.tcd4j.diffusion.sampler.solver;

import io.github.tcd4j.diffusion.Denoiser;
import io.github.tcd4j.diffusion.Prediction;
import io.github.tcd4j.diffusion.sampler.NoiseSource;
import io.github.tcd4j.diffusion.sampler.Sampler;
import io.github.tcd4j.diffusion.sampler.SamplerSettings;
import io.github.tcd4j.diffusion.sampler.SamplingLoop;
import io.github.tcd4j.diffusion.sampler.SamplingPlan;
import io.github.tcd4j.diffusion.sampler.SchedulerConfig;
import io.github.tcd4j.diffusion.sampler.SigmaGrid;
import io.github.tcd4j.diffusion.sampler.StepHook;
import io.github.tcd4j.diffusion.schedule.Grid;
import io.github.tcd4j.diffusion.schedule.Node;
import io.github.tcd4j.diffusion.schedule.Spacing;
import io.github.tcd4j.diffusion.schedule.VpSchedule;
import io.github.tcd4j.tensor.Tensor;

/**
 * Euler's method in tau to less noise than wanted, and the rest of it drawn afresh: with y = x /
 * alpha,
 *
 * <pre>
 *   up = tau_s sqrt(1 - tau_s^2 / tau_t^2)      down = sqrt(tau_s^2 - up^2)
 *   y_s = x0 + down eps + up z
 * </pre>
 *
 * which is DDIM with eta 1, on the grid of {@link EulerSampler}.
 *
 * @param scaledStart whether sampling starts from noise of standard deviation sigma instead of 1
 */
public record EulerAncestralSampler(boolean scaledStart) implements Sampler {
  public static SamplingPlan plan(SchedulerConfig config, SamplerSettings settings) {
    // The class of diffusers knows no other end.
    SchedulerConfig known = config.with("final_sigmas_type", "zero");
    VpSchedule schedule = SigmaGrid.schedule(known);
    Spacing spacing = Spacing.parse(config.text("timestep_spacing", "linspace"));
    double[] times =
        settings.timesteps() != null
            ? Grid.custom(schedule, settings.timesteps())
            : EulerSampler.times(schedule, config, settings.count(schedule.steps()));
    return new SamplingPlan(
        new EulerAncestralSampler(spacing != Spacing.LEADING),
        SigmaGrid.of(schedule, times, known));
  }

  @Override
  public double initialScale(Grid grid) {
    return scaledStart ? grid.node(0).sigma() : 1;
  }

  @Override
  public Tensor denoise(Denoiser d, Tensor latents, Grid grid, NoiseSource noise, StepHook hook) {
    return SamplingLoop.along(
        grid,
        latents,
        hook,
        context -> {
          Node t = context.node();
          Node s = context.next();
          Prediction p = context.evaluate(d, s);
          double share = s.tau() / t.tau();
          double up = s.sigma() * Math.sqrt(1 - share * share);
          double down = Math.sqrt(s.sigma() * s.sigma() - up * up);
          Tensor x = noise.add(p.mix(context.x(), t, s.alpha(), down), up);
          return new SamplingLoop.StepResult(x, () -> p.x0(context.x(), t));
        });
  }
}
