package io.github.tcd4j.diffusion.sampler;

import io.github.tcd4j.files.InvalidRequestException;
import java.util.Locale;

/** How a DPM-Solver++ weighs the slope of x0, {@code solver_type} of a configuration. */
public enum SolverType {
  /** Half the weight of x0: alpha_s (1 - e^-h) / 2. */
  MIDPOINT,
  /** What the integral of a slope comes to: alpha_s ((e^-h - 1) / h + 1). */
  HEUN;

  public static SolverType of(SchedulerConfig config) {
    String type = config.text("solver_type", "midpoint").toLowerCase(Locale.ROOT);
    return switch (type) {
      case "midpoint", "logrho", "bh1", "bh2" -> MIDPOINT;
      case "heun" -> HEUN;
      default ->
          throw new InvalidRequestException(
              "solver_type must be one of [midpoint, heun] but was " + type);
    };
  }
}
