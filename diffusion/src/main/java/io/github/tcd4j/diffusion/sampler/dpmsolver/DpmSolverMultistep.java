package io.github.tcd4j.diffusion.sampler.dpmsolver;

import io.github.tcd4j.diffusion.Denoiser;
import io.github.tcd4j.diffusion.Prediction;
import io.github.tcd4j.diffusion.sampler.NoiseSource;
import io.github.tcd4j.diffusion.sampler.Sampler;
import io.github.tcd4j.diffusion.sampler.SamplingLoop;
import io.github.tcd4j.diffusion.sampler.SamplingPlan;
import io.github.tcd4j.diffusion.sampler.SamplingPlanner;
import io.github.tcd4j.diffusion.sampler.SchedulerConfig;
import io.github.tcd4j.diffusion.sampler.SolverStep;
import io.github.tcd4j.diffusion.sampler.SolverType;
import io.github.tcd4j.diffusion.sampler.StepHook;
import io.github.tcd4j.diffusion.sampler.Thresholding;
import io.github.tcd4j.diffusion.schedule.Grid;
import io.github.tcd4j.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * DPM-Solver++ (2M) (Lu et al. 2022b, algorithm 2) and its kin: second order from one network
 * evaluation a step, by looking back on the x0 of the node before. With h = lambda_s - lambda_t, r
 * = (lambda_t - lambda_before) / h and D = (x0 - x0_before) / r,
 *
 * <pre>  x_s = (sigma_s / sigma_t) x_t - alpha_s (e^-h - 1) (x0 + D / 2)</pre>
 *
 * or on the reverse stochastic equation, where fresh noise is added in every step,
 *
 * <pre>
 *   x_s = (sigma_s / sigma_t) e^-h x_t + alpha_s (1 - e^-2h) (x0 + D / 2) + sigma_s sqrt(1 - e^-2h) z
 * </pre>
 *
 * or as DPM-Solver (Lu et al. 2022a), of the noise,
 *
 * <pre>  x_s = (alpha_s / alpha_t) x_t - sigma_s (e^h - 1) (eps + D / 2)</pre>
 *
 * The first step has no past and is of first order, D = 0. Of order 1 the first and the last are
 * DDIM, the second is DDIM with eta 1, that is ancestral sampling.
 *
 * @param form which of the three
 * @param order 1 or 2
 * @param correction weight of D
 * @param firstOrderAtEnd whether the last step is of first order too, as it must be where it ends
 *     without noise
 * @param limit what is done to x0
 */
public record DpmSolverMultistep(
    AlgorithmType form,
    int order,
    SolverType correction,
    boolean firstOrderAtEnd,
    Thresholding limit)
    implements Sampler {
  public DpmSolverMultistep {
    AlgorithmType.checked(order);
  }

  /** A planner of one form; the order is that of the configuration, except where it is fixed. */
  public static SamplingPlanner planner(AlgorithmType form, @Nullable Integer fixed) {
    return (config, settings) -> {
      // No DPM-Solver of the noise can end without any.
      SchedulerConfig known =
          form == AlgorithmType.NOISE ? config.with("final_sigmas_type", "sigma_min") : config;
      int order = fixed == null ? AlgorithmType.order(config) : fixed;
      Grid grid = SolverGrid.of(known, settings);
      Thresholding limit = Thresholding.of(known.with("clip_sample", false), false);
      boolean straight = SolverGrid.firstOrderAtEnd(grid, known);
      SamplingPlan plan =
          new SamplingPlan(
              new DpmSolverMultistep(form, order, SolverType.of(known), straight, limit),
              grid,
              form.notes(config, order));
      return order == 1 ? plan : plan.noting(grid.steps() - (straight ? 2 : 1), form.firstOrder());
    };
  }

  @Override
  public Tensor denoise(Denoiser d, Tensor latents, Grid grid, NoiseSource noise, StepHook hook) {
    return SamplingLoop.along(
        grid,
        latents,
        hook,
        context -> {
          Prediction p =
              limit.apply(context.evaluate(d, context.next()), context.x(), context.node());
          SolverStep step = form.step(context.node(), context.next());
          boolean straight = order == 1 || (context.last() && firstOrderAtEnd);
          Tensor estimate = form.estimate(p, context.x(), context.node());
          Tensor x = context.secondOrder(step, estimate, straight ? null : correction);
          return new SamplingLoop.StepResult(
              noise.add(x, step.deviation()), () -> p.x0(context.x(), context.node()), estimate);
        });
  }
}
