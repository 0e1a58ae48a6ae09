package io.github.tcd4j.diffusion.sampler;

import io.github.tcd4j.diffusion.schedule.Grid;
import io.github.tcd4j.diffusion.schedule.Node;
import io.github.tcd4j.diffusion.schedule.SigmaSchedule;
import io.github.tcd4j.diffusion.schedule.VpSchedule;
import io.github.tcd4j.files.InvalidRequestException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.DoubleUnaryOperator;

/** Grids of the solvers that think in tau = sigma / alpha: Euler and the DPM-Solvers. */
public final class SigmaGrid {
  /** abar that stands for 0 at the last time, where tau would be infinite. */
  private static final double NEARLY_NO_SIGNAL = 0x1p-24;

  private SigmaGrid() {}

  /** The configuration's schedule, with a finite tau everywhere. */
  public static VpSchedule schedule(SchedulerConfig config) {
    VpSchedule schedule = config.schedule(SchedulerConfig.Betas.PIXEL);
    return config.flag("rescale_betas_zero_snr", false)
        ? schedule.withLastAbar(NEARLY_NO_SIGNAL)
        : schedule;
  }

  /** What a user should know where a sampler takes the betas as they are, like diffusers. */
  public static List<String> unscaled(SchedulerConfig config) {
    return config.flag("rescale_betas_zero_snr", false)
        ? List.of(
            "this sampler does not heed rescale_betas_zero_snr: noise levels are not quite those"
                + " of the model; ddim, euler and dpm++2m heed it")
        : List.of();
  }

  /** The nodes of {@code times}, then the terminal one. */
  public static Grid of(VpSchedule schedule, double[] times, SchedulerConfig config) {
    return Grid.of(schedule, times, terminal(schedule, config));
  }

  /** The nodes of {@code taus}, then the terminal one; {@code rounding} finishes their times. */
  public static Grid ofTaus(
      VpSchedule schedule, double[] taus, DoubleUnaryOperator rounding, SchedulerConfig config) {
    List<Node> nodes = new ArrayList<>();
    for (double tau : taus) {
      nodes.add(Node.ofTau(rounding.applyAsDouble(SigmaSchedule.time(schedule, tau)), tau));
    }
    nodes.add(terminal(schedule, config));
    return new Grid(schedule, nodes);
  }

  /** Where it ends, by {@code final_sigmas_type}. */
  private static Node terminal(VpSchedule schedule, SchedulerConfig config) {
    String type = config.text("final_sigmas_type", "zero");
    return switch (type) {
      case "zero" -> Grid.CLEAN;
      case "sigma_min" -> schedule.at(0);
      default ->
          throw new InvalidRequestException(
              "final_sigmas_type must be one of [zero, sigma_min] but was " + type);
    };
  }
}
