package io.github.tcd4j.diffusion.sampler.solver;

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
import io.github.tcd4j.diffusion.schedule.Spacing;
import io.github.tcd4j.diffusion.schedule.VpSchedule;
import io.github.tcd4j.files.InvalidRequestException;
import io.github.tcd4j.tensor.Tensor;
import java.util.Arrays;

/**
 * Denoising diffusion implicit models (Song et al. 2021, eq. 12 and 16; the paper's eq. 32):
 *
 * <pre>
 *   x_s = alpha_s x0 + sqrt(sigma_s^2 - std^2) eps + std z
 *   std = eta (sigma_s / sigma_t) sqrt(1 - alpha_t^2 / alpha_s^2)
 * </pre>
 *
 * @param eta 0 is deterministic, 1 ancestral sampling
 * @param limit what is done to x0
 * @param stride the distance from t to s. diffusers takes floor(N / n) whatever the grid, which is
 *     the next node on leading grids and wherever n divides N, and a near miss elsewhere; 0 lands
 *     on the next node
 */
public record DdimSampler(double eta, Thresholding limit, int stride) implements Sampler {
  public DdimSampler {
    if (!(eta >= 0 && eta <= 1)) {
      throw new InvalidRequestException("eta must be in [0, 1] but was " + eta);
    }
    if (stride < 0) {
      throw new InvalidRequestException("stride must be at least 0 but was " + stride);
    }
  }

  /** On latents, from node to node. */
  public DdimSampler(double eta) {
    this(eta, new Thresholding.None(), 0);
  }

  public static SamplingPlan plan(SchedulerConfig config, SamplerSettings settings) {
    VpSchedule schedule = config.schedule(SchedulerConfig.Betas.PIXEL);
    int n = settings.count(schedule.steps());
    double[] times;
    int stride = 0;
    if (settings.timesteps() != null) {
      times = Grid.custom(schedule, settings.timesteps());
    } else {
      Spacing spacing = Spacing.parse(config.text("timestep_spacing", "leading"));
      times = spacing.times(schedule.steps(), n, config.whole("steps_offset", 0));
      times = Arrays.stream(times).map(Math::rint).toArray();
      stride = schedule.steps() / n;
    }
    Node terminal = config.flag("set_alpha_to_one", true) ? Grid.CLEAN : schedule.at(0);
    double eta = settings.eta() == null ? 0 : settings.eta();
    return new SamplingPlan(
        new DdimSampler(eta, Thresholding.of(config, true), stride),
        Grid.of(schedule, times, terminal));
  }

  @Override
  public Tensor denoise(Denoiser d, Tensor latents, Grid grid, NoiseSource noise, StepHook hook) {
    return SamplingLoop.along(
        grid,
        latents,
        hook,
        context -> {
          Node t = context.node();
          Node s = landing(context, grid);
          Prediction p = context.evaluate(d, s);
          Prediction limited = limit.apply(p, context.x(), t);
          double std = deviation(t, s);
          double rest = Math.sqrt(Math.max(0, s.sigma() * s.sigma() - std * std));
          // The noise stays what the network said, whatever is done to x0.
          Tensor x =
              limited == p
                  ? p.mix(context.x(), t, s.alpha(), rest)
                  : limited.output().blend(s.alpha(), p.epsilon(context.x(), t), rest);
          return new SamplingLoop.StepResult(noise.add(x, std), () -> limited.x0(context.x(), t));
        });
  }

  /** Standard deviation of the noise in a step from t to s. */
  public double deviation(Node t, Node s) {
    double ratio = t.alpha() / s.alpha();
    return eta * s.sigma() / t.sigma() * Math.sqrt(Math.max(0, 1 - ratio * ratio));
  }

  private Node landing(SamplingLoop.StepContext context, Grid grid) {
    double time = context.node().time() - stride;
    if (stride == 0) {
      return context.next();
    }
    return time < 0 ? grid.terminal() : grid.schedule().at(time);
  }
}
