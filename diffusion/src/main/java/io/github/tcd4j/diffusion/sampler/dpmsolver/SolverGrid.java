package io.github.tcd4j.diffusion.sampler.dpmsolver;

import io.github.tcd4j.diffusion.sampler.SamplerSettings;
import io.github.tcd4j.diffusion.sampler.SchedulerConfig;
import io.github.tcd4j.diffusion.sampler.SigmaGrid;
import io.github.tcd4j.diffusion.schedule.Grid;
import io.github.tcd4j.diffusion.schedule.SigmaSchedule;
import io.github.tcd4j.diffusion.schedule.Spacing;
import io.github.tcd4j.diffusion.schedule.VpSchedule;
import java.util.Arrays;
import java.util.stream.IntStream;

/** The grid of the multistep DPM-Solvers: n + 1 times by the usual spacing, without the last. */
public final class SolverGrid {
  /** Below so many steps the last one is of first order unless the configuration forbids it. */
  private static final int FEW = 15;

  private SolverGrid() {}

  static Grid of(SchedulerConfig config, SamplerSettings settings) {
    config.refuse("use_beta_sigmas", "use_exponential_sigmas", "use_flow_sigmas");
    VpSchedule schedule = SigmaGrid.schedule(config);
    int n = settings.count(schedule.steps() - 1);
    if (settings.timesteps() != null) {
      return SigmaGrid.of(schedule, Grid.custom(schedule, settings.timesteps()), config);
    }
    boolean karras = config.flag("use_karras_sigmas", false);
    if (!karras && !config.flag("use_lu_lambdas", false)) {
      return SigmaGrid.of(schedule, times(schedule, config, n), config);
    }
    boolean cosine = config.text("beta_schedule", "").equals("squaredcos_cap_v2");
    SigmaSchedule ramp = karras ? SigmaSchedule.KARRAS : SigmaSchedule.UNIFORM_LAMBDA;
    double[] taus = ramp(ramp, schedule, config, n);
    return SigmaGrid.ofTaus(schedule, taus, cosine ? Math::floor : Math::rint, config);
  }

  /** The ramp between the ends of the schedule; Karras's between those that are configured. */
  static double[] ramp(SigmaSchedule ramp, VpSchedule schedule, SchedulerConfig config, int n) {
    double max = schedule.tau(schedule.lastTime());
    double min = schedule.tau(0);
    return ramp == SigmaSchedule.KARRAS
        ? ramp.taus(config.number("sigma_max", max), config.number("sigma_min", min), n)
        : ramp.taus(max, min, n);
  }

  /** Whether the configuration wants the last step of the grid to be of first order. */
  static boolean firstOrderAtEnd(Grid grid, SchedulerConfig config) {
    return grid.terminal().sigma() == 0
        || config.flag("euler_at_final", false)
        || (config.flag("lower_order_final", true) && few(grid.steps()));
  }

  /** Whether the steps are so few that second order at the end does harm. */
  public static boolean few(int steps) {
    return steps < FEW;
  }

  private static double[] times(VpSchedule schedule, SchedulerConfig config, int n) {
    Spacing spacing = Spacing.parse(config.text("timestep_spacing", "linspace"));
    int usable = usable(schedule, config);
    int offset = config.whole("steps_offset", 0);
    if (spacing == Spacing.TRAILING) {
      double width = (double) schedule.steps() / n;
      int fitting = Math.min(n, (int) Math.ceil(usable / width));
      return IntStream.range(0, fitting)
          .mapToDouble(i -> Math.rint(usable - i * width) - 1)
          .toArray();
    }
    return allButTheLast(spacing.times(usable, n + 1, offset));
  }

  /** Rounded. */
  static double[] allButTheLast(double[] times) {
    return Arrays.stream(times).limit(times.length - 1).map(Math::rint).toArray();
  }

  /** How many times have a lambda of at least {@code lambda_min_clipped}. */
  static int usable(VpSchedule schedule, SchedulerConfig config) {
    double least = config.number("lambda_min_clipped", Double.NEGATIVE_INFINITY);
    int usable = schedule.steps();
    while (usable > 1 && schedule.lambda(usable - 1) < least) {
      usable--;
    }
    return usable;
  }
}
