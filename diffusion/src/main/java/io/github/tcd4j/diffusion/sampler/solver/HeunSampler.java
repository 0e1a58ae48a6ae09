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
import io.github.tcd4j.diffusion.sampler.Thresholding;
import io.github.tcd4j.diffusion.schedule.Grid;
import io.github.tcd4j.diffusion.schedule.Node;
import io.github.tcd4j.diffusion.schedule.PerSample;
import io.github.tcd4j.diffusion.schedule.Spacing;
import io.github.tcd4j.diffusion.schedule.VpSchedule;
import io.github.tcd4j.tensor.Tensor;

/**
 * Heun's method in tau (Karras et al. 2022, algorithm 1): Euler's step, and then once more with the
 * mean of the slopes at its two ends. With y = x / alpha,
 *
 * <pre>  y_s = y_t + (tau_s - tau_t) (eps_t + eps_s) / 2</pre>
 *
 * The last step, which ends without noise, is Euler's; n steps ask the network 2 n - 1 times.
 *
 * @param scaledStart whether sampling starts from noise of standard deviation sigma instead of 1
 * @param limit what is done to x0
 */
public record HeunSampler(boolean scaledStart, Thresholding limit) implements Sampler {
  public static SamplingPlan plan(SchedulerConfig config, SamplerSettings settings) {
    config.refuse("use_beta_sigmas");
    // The class of diffusers knows neither of these keys.
    SchedulerConfig known =
        config.with("rescale_betas_zero_snr", false).with("final_sigmas_type", "zero");
    VpSchedule schedule = known.schedule(SchedulerConfig.Betas.HEUN);
    Spacing spacing = Spacing.parse(config.text("timestep_spacing", "linspace"));
    Grid grid =
        settings.timesteps() != null
            ? SigmaGrid.of(schedule, Grid.custom(schedule, settings.timesteps()), known)
            : EulerSampler.ramped(
                schedule,
                EulerSampler.times(schedule, known, settings.count(schedule.steps())),
                known);
    Thresholding limit = Thresholding.of(config.with("thresholding", false), false);
    SamplingPlan plan =
        new SamplingPlan(
            new HeunSampler(spacing != Spacing.LEADING, limit), grid, SigmaGrid.unscaled(config));
    return plan.noting(grid.steps() - (grid.terminal().sigma() == 0 ? 1 : 0), "euler");
  }

  @Override
  public double initialScale(Grid grid) {
    return scaledStart ? grid.node(0).sigma() : 1;
  }

  @Override
  public int evaluations(Grid grid) {
    return 2 * grid.steps() - (grid.terminal().sigma() == 0 ? 1 : 0);
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
          Prediction first = limit.apply(context.evaluate(d, s), context.x(), t);
          Tensor euler = first.mix(context.x(), t, s.alpha(), s.sigma());
          if (s.sigma() == 0) {
            return new SamplingLoop.StepResult(euler, () -> first.x0(context.x(), t));
          }
          Tensor there = hook.between(s, euler);
          Tensor time = PerSample.same(s.time(), there);
          Tensor epsThere = limit.apply(d.at(there, time, time), there, s).epsilon(there, s);
          double half = s.alpha() * (s.tau() - t.tau()) / 2;
          Tensor change = epsThere.minus(first.epsilon(context.x(), t));
          return new SamplingLoop.StepResult(
              euler.plus(change, half), () -> first.x0(context.x(), t));
        });
  }
}
