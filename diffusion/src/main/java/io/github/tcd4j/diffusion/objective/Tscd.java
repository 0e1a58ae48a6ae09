package io.github.tcd4j.diffusion.objective;

import io.github.tcd4j.diffusion.Tcf1;
import io.github.tcd4j.diffusion.TrajectoryFunction;
import io.github.tcd4j.diffusion.schedule.SolverTimesteps;
import io.github.tcd4j.files.InvalidRequestException;

/**
 * Trajectory-segmented consistency distillation (Ren et al. 2024, Hyper-SD): the times are cut into
 * segments, and the destination is uniform on the whole times from the lower edge of t_n's segment
 * to t_n. The edges are those of {@link Pcm}, at which sampling with as many steps lands: of 4
 * segments 0, 259, 499, 759. As published they are the multiples of N / segments, 250, 500, 750,
 * but then the jumps of the sampler cross an edge by a few times. Training goes through stages of
 * 8, 4, 2 and 1 segments; the last is TCD with {@link Destinations.EveryTime}.
 *
 * <p>The destination is the last random draw: one uniform number for each row.
 *
 * @param step what it shares with other distillations
 * @param function the trajectory function that is trained
 * @param segments number of segments, in 1 .. 50
 */
public record Tscd(GuidedStep step, TrajectoryFunction function, int segments)
    implements TcdVariant {
  public Tscd {
    if (segments < 1 || segments > SolverTimesteps.INFERENCE_TIMES) {
      throw new InvalidRequestException(
          ("segments must be in [1, " + SolverTimesteps.INFERENCE_TIMES)
              + ("], the times of few-step sampling, but was " + segments));
    }
  }

  /** With TCF(1), as published. */
  public Tscd(GuidedStep step, int segments) {
    this(step, new Tcf1(), segments);
  }

  @Override
  public double of(SolverTimesteps grid, int i, double... u) {
    double edge = Pcm.edge(grid, segments, i);
    return edge + Math.floor(u[0] * (grid.end(i) - edge + 1));
  }
}
