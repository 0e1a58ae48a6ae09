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
import io.github.tcd4j.diffusion.schedule.SigmaSchedule;
import io.github.tcd4j.diffusion.schedule.Spacing;
import io.github.tcd4j.diffusion.schedule.VpSchedule;
import io.github.tcd4j.tensor.Tensor;

/**
 * Euler's method in tau (Karras et al. 2022, algorithm 2 without churn): with y = x / alpha,
 *
 * <pre>  y_s = y_t + (tau_s - tau_t) eps      that is      x_s = alpha_s x0 + sigma_s eps</pre>
 *
 * so that it is DDIM on another grid: times may be fractional, and the last node has no noise.
 *
 * @param scaledStart whether sampling starts from noise of standard deviation sigma instead of 1;
 *     grids that begin at the noisiest time want it
 */
public record EulerSampler(boolean scaledStart) implements Sampler {
  public static SamplingPlan plan(SchedulerConfig config, SamplerSettings settings) {
    config.refuse("use_beta_sigmas");
    config.require("interpolation_type", "linear");
    if (config.prediction() == Prediction.Kind.V) {
      config.require("timestep_type", "discrete");
    }
    VpSchedule schedule = SigmaGrid.schedule(config);
    Spacing spacing = Spacing.parse(config.text("timestep_spacing", "linspace"));
    Sampler sampler = new EulerSampler(spacing != Spacing.LEADING);
    if (settings.timesteps() != null) {
      double[] times = Grid.custom(schedule, settings.timesteps());
      return new SamplingPlan(sampler, SigmaGrid.of(schedule, times, config));
    }
    double[] times = times(schedule, config, settings.count(schedule.steps()));
    return new SamplingPlan(sampler, ramped(schedule, times, config));
  }

  /** Not rounded, but as near as float32 comes to them. */
  static double[] times(VpSchedule schedule, SchedulerConfig config, int n) {
    Spacing spacing = Spacing.parse(config.text("timestep_spacing", "linspace"));
    double[] times = spacing.times(schedule.steps(), n, config.whole("steps_offset", 0));
    for (int i = 0; i < n; i++) {
      times[i] = (float) times[i];
    }
    return times;
  }

  /** The grid of the times, or one of a ramp between its ends. */
  static Grid ramped(VpSchedule schedule, double[] times, SchedulerConfig config) {
    boolean karras = config.flag("use_karras_sigmas", false);
    if (!karras && !config.flag("use_exponential_sigmas", false)) {
      return SigmaGrid.of(schedule, times, config);
    }
    double max = config.number("sigma_max", schedule.tau(times[0]));
    double min = config.number("sigma_min", schedule.tau(times[times.length - 1]));
    SigmaSchedule ramp = karras ? SigmaSchedule.KARRAS : SigmaSchedule.UNIFORM_LAMBDA;
    return SigmaGrid.ofTaus(schedule, ramp.taus(max, min, times.length), t -> t, config);
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
          Prediction p = context.evaluate(d, context.next());
          Tensor x =
              p.mix(context.x(), context.node(), context.next().alpha(), context.next().sigma());
          return new SamplingLoop.StepResult(x, () -> p.x0(context.x(), context.node()));
        });
  }
}
