package io.github.tcd4j.diffusion.objective;

import io.github.tcd4j.diffusion.SkippedGrid;
import io.github.tcd4j.diffusion.Tcf1;
import io.github.tcd4j.diffusion.TrajectoryFunction;
import io.github.tcd4j.files.InvalidRequestException;

/**
 * Trajectory-segmented consistency distillation (Ren et al. 2024, Hyper-SD): the N times are cut
 * into segments of N / segments, and the destination is uniform on the whole times from the lower
 * edge of t_n's segment to t_n. Training goes through stages of 8, 4, 2 and 1 segments; the last is
 * TCD with {@link Destinations.EveryTime}.
 *
 * <p>The destination is the last random draw: one uniform number for each row.
 *
 * @param step what it shares with other distillations
 * @param function the trajectory function that is trained
 * @param segments number of segments, at least 1
 */
public record Tscd(GuidedStep step, TrajectoryFunction function, int segments)
    implements ToDestinations {
  public Tscd {
    if (segments < 1) {
      throw new InvalidRequestException("segments must be at least 1 but was " + segments);
    }
  }

  /** With TCF(1), as published. */
  public Tscd(GuidedStep step, int segments) {
    this(step, new Tcf1(), segments);
  }

  @Override
  public double of(SkippedGrid grid, int i, double... u) {
    double tn = grid.end(i);
    double width = (double) grid.steps() / segments;
    double edge = Math.ceil(Math.floor(tn / width) * width);
    return edge + Math.floor(u[0] * (tn - edge + 1));
  }
}
