package io.github.tcd4j.diffusion.sampler;

import io.github.tcd4j.diffusion.Denoiser;
import io.github.tcd4j.diffusion.Grid;
import io.github.tcd4j.diffusion.Node;
import io.github.tcd4j.diffusion.Spacing;
import io.github.tcd4j.diffusion.TauRamp;
import io.github.tcd4j.diffusion.VpSchedule;
import io.github.tcd4j.tensor.Tensor;

/**
 * DPM-Solver++ (2S) (Lu et al. 2022b, algorithm 1), with one network evaluation a node: the nodes
 * are taken in pairs. The first step of a pair, from t to u, is of first order; the second goes
 * once more from t, this time to s, with the slope of x0 between t and u. With h = lambda_s -
 * lambda_t, r = (lambda_u - lambda_t) / h and D = (x0_u - x0_t) / r,
 *
 * <pre>  x_s = (sigma_s / sigma_t) x_t - alpha_s (e^-h - 1) (x0_t + D / 2)</pre>
 *
 * @param correction weight of D
 * @param firstOrderAtEnd whether the last step is of first order, as it must be where it ends
 *     without noise
 * @param planned number of steps of the whole grid, of which the one that is walked may be the end:
 *     the pairs stay the same. 0 takes the first two steps of any grid for a pair
 * @param limit what is done to x0
 */
public record DpmPlusPlus2S(
    Correction correction, boolean firstOrderAtEnd, int planned, SampleLimit limit)
    implements Sampler {
  public DpmPlusPlus2S {
    if (planned < 0) {
      throw new IllegalArgumentException("planned steps must be at least 0 but were " + planned);
    }
  }

  static Plan plan(SchedulerConfig config, SamplerSettings settings) {
    config.refuse("use_beta_sigmas", "use_exponential_sigmas", "use_flow_sigmas");
    // The class of diffusers does not know this key, and takes the betas as they are.
    SchedulerConfig known = config.with("rescale_betas_zero_snr", false);
    Grid grid = grid(TauGrid.schedule(known), known, settings);
    boolean firstOrderAtEnd =
        grid.terminal().sigma() == 0 || config.flag("lower_order_final", false);
    SampleLimit limit = SampleLimit.of(config.with("clip_sample", false), false);
    Correction correction = Correction.of(config);
    return new Plan(
        new DpmPlusPlus2S(correction, firstOrderAtEnd, grid.steps(), limit),
        grid,
        TauGrid.unscaled(config));
  }

  private static Grid grid(VpSchedule schedule, SchedulerConfig config, SamplerSettings settings) {
    int n = settings.count(schedule.steps() - 1);
    if (settings.timesteps() != null) {
      return TauGrid.of(schedule, Grid.custom(schedule, settings.timesteps()), config);
    }
    if (config.flag("use_karras_sigmas", false)) {
      double[] taus = TauRamp.KARRAS.taus(schedule.tau(schedule.lastTime()), schedule.tau(0), n);
      return TauGrid.ofTaus(schedule, taus, Math::rint, config);
    }
    int usable = SolverGrid.usable(schedule, config);
    double[] times = Spacing.LINSPACE.times(usable, n + 1, 0);
    return TauGrid.of(schedule, SolverGrid.allButTheLast(times), config);
  }

  @Override
  public Tensor walk(Denoiser d, Tensor latents, Grid grid, NoiseSource noise, StepHook hook) {
    int skipped = Math.max(planned - grid.steps(), 0);
    return Walk.along(
        grid,
        latents,
        hook,
        leg -> {
          Node u = leg.node();
          Node s = leg.next();
          Tensor x0 = limit.apply(leg.ask(d, s).x0(leg.x(), u));
          Walk.Past base = leg.previous();
          boolean second = (leg.index() + skipped) % 2 == 1;
          if (base == null || !second || (leg.last() && firstOrderAtEnd)) {
            ExponentialStep step = new ExponentialStep(u, s, false);
            return new Walk.Step(leg.lookingBack(step, x0, null), x0);
          }
          ExponentialStep step = new ExponentialStep(base.node(), s, false);
          double r = (u.lambda() - base.node().lambda()) / step.h();
          Tensor change = x0.minus(base.x0()).times(step.slope(correction) / r);
          Tensor straight = base.x().times(step.kept()).plus(base.x0().times(step.gain()));
          return new Walk.Step(straight.plus(change), x0);
        });
  }
}
