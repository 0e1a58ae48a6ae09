package io.github.tcd4j.diffusion.sampler.dpmsolver;

import io.github.tcd4j.diffusion.Denoiser;
import io.github.tcd4j.diffusion.Prediction;
import io.github.tcd4j.diffusion.sampler.NoiseSource;
import io.github.tcd4j.diffusion.sampler.Sampler;
import io.github.tcd4j.diffusion.sampler.SamplerSettings;
import io.github.tcd4j.diffusion.sampler.SamplingLoop;
import io.github.tcd4j.diffusion.sampler.SamplingPlan;
import io.github.tcd4j.diffusion.sampler.SamplingPlanner;
import io.github.tcd4j.diffusion.sampler.SchedulerConfig;
import io.github.tcd4j.diffusion.sampler.SigmaGrid;
import io.github.tcd4j.diffusion.sampler.SolverStep;
import io.github.tcd4j.diffusion.sampler.SolverType;
import io.github.tcd4j.diffusion.sampler.StepHook;
import io.github.tcd4j.diffusion.sampler.Thresholding;
import io.github.tcd4j.diffusion.schedule.Grid;
import io.github.tcd4j.diffusion.schedule.Node;
import io.github.tcd4j.diffusion.schedule.SigmaSchedule;
import io.github.tcd4j.diffusion.schedule.Spacing;
import io.github.tcd4j.diffusion.schedule.VpSchedule;
import io.github.tcd4j.files.InvalidRequestException;
import io.github.tcd4j.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;

/**
 * DPM-Solver++ (2S) (Lu et al. 2022b, algorithm 1), with one network evaluation a node: the nodes
 * are taken in pairs. The first step of a pair, from t to u, is of first order; the second goes
 * once more from t, this time to s, with the slope of x0 between t and u. With h = lambda_s -
 * lambda_t, r = (lambda_u - lambda_t) / h and D = (x0_u - x0_t) / r,
 *
 * <pre>  x_s = (sigma_s / sigma_t) x_t - alpha_s (e^-h - 1) (x0_t + D / 2)</pre>
 *
 * or as DPM-Solver-2 (Lu et al. 2022a, algorithm 1) the same with the noise, D = (eps_u - eps_t) /
 * r,
 *
 * <pre>  x_s = (alpha_s / alpha_t) x_t - sigma_s (e^h - 1) (eps_t + D / 2)</pre>
 *
 * @param form of x0 or of the noise
 * @param order 1 or 2; of order 1 every step is a first one
 * @param correction weight of D
 * @param firstOrderAtEnd whether the last step is of first order, as it must be where it ends
 *     without noise
 * @param planned number of steps of the whole grid, of which the one that is sampled may be the
 *     end: the pairs stay the same. 0 takes the first two steps of any grid for a pair
 * @param limit what is done to x0
 */
public record DpmSolverSinglestep(
    AlgorithmType form,
    int order,
    SolverType correction,
    boolean firstOrderAtEnd,
    int planned,
    Thresholding limit)
    implements Sampler {
  public DpmSolverSinglestep {
    AlgorithmType.checked(order);
    if (form == AlgorithmType.STOCHASTIC_DATA) {
      throw new InvalidRequestException(
          "a pair of steps has one noise only: take sde-dpm++2m for a stochastic solver");
    }
    if (planned < 0) {
      throw new InvalidRequestException("planned steps must be at least 0 but were " + planned);
    }
  }

  /** A planner of one form; the order is that of the configuration. */
  public static SamplingPlanner planner(AlgorithmType form) {
    return (config, settings) -> plan(form, config, settings);
  }

  private static SamplingPlan plan(
      AlgorithmType form, SchedulerConfig config, SamplerSettings settings) {
    config.refuse("use_beta_sigmas", "use_exponential_sigmas", "use_flow_sigmas");
    // The class of diffusers does not know this key, and takes the betas as they are.
    SchedulerConfig known = config.with("rescale_betas_zero_snr", false);
    if (form == AlgorithmType.NOISE) {
      // No DPM-Solver of the noise can end without any.
      known = known.with("final_sigmas_type", "sigma_min");
    }
    Grid grid = grid(SigmaGrid.schedule(known), known, settings);
    boolean firstOrderAtEnd =
        grid.terminal().sigma() == 0 || config.flag("lower_order_final", false);
    Thresholding limit = Thresholding.of(config.with("clip_sample", false), false);
    List<String> notes = new ArrayList<>(SigmaGrid.unscaled(config));
    notes.addAll(form.notes(config, AlgorithmType.order(config)));
    int order = AlgorithmType.order(config);
    // Every second step is of order 2, but for the last where that must not be.
    int pairs = (grid.steps() - (firstOrderAtEnd ? 1 : 0)) / 2;
    SamplingPlan plan =
        new SamplingPlan(
            new DpmSolverSinglestep(
                form, order, SolverType.of(config), firstOrderAtEnd, grid.steps(), limit),
            grid,
            notes);
    return order == 1 ? plan : plan.noting(pairs, form.firstOrder());
  }

  private static Grid grid(VpSchedule schedule, SchedulerConfig config, SamplerSettings settings) {
    int n = settings.count(schedule.steps() - 1);
    if (settings.timesteps() != null) {
      return SigmaGrid.of(schedule, Grid.custom(schedule, settings.timesteps()), config);
    }
    if (config.flag("use_karras_sigmas", false)) {
      double[] taus = SolverGrid.ramp(SigmaSchedule.KARRAS, schedule, config, n);
      return SigmaGrid.ofTaus(schedule, taus, Math::rint, config);
    }
    int usable = SolverGrid.usable(schedule, config);
    double[] times = Spacing.LINSPACE.times(usable, n + 1, 0);
    return SigmaGrid.of(schedule, SolverGrid.allButTheLast(times), config);
  }

  @Override
  public Tensor denoise(Denoiser d, Tensor latents, Grid grid, NoiseSource noise, StepHook hook) {
    int skipped = Math.max(planned - grid.steps(), 0);
    return SamplingLoop.along(
        grid,
        latents,
        hook,
        context -> {
          Node u = context.node();
          Node s = context.next();
          Prediction p = limit.apply(context.evaluate(d, s), context.x(), u);
          SamplingLoop.PreviousStep base = context.previous();
          boolean second = order == 2 && (context.index() + skipped) % 2 == 1;
          if (base == null || !second || (context.last() && firstOrderAtEnd)) {
            Tensor estimate = form.estimate(p, context.x(), u);
            Tensor x = context.secondOrder(form.step(u, s), estimate, null);
            return new SamplingLoop.StepResult(x, () -> p.x0(context.x(), u), estimate);
          }
          SolverStep step = form.step(base.node(), s);
          double r = (u.lambda() - base.node().lambda()) / step.h();
          double ofChange = step.slope(correction) / r;
          Tensor before = base.x().blend(step.kept(), base.estimate(), step.gain() - ofChange);
          Tensor x = form.plus(before, p, context.x(), u, ofChange);
          return new SamplingLoop.StepResult(x, () -> p.x0(context.x(), u));
        });
  }
}
