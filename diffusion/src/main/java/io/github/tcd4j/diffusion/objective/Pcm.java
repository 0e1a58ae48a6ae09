package io.github.tcd4j.diffusion.objective;

import io.github.tcd4j.diffusion.SkippedGrid;
import io.github.tcd4j.diffusion.Tcf1;
import io.github.tcd4j.diffusion.TrajectoryFunction;
import io.github.tcd4j.files.InvalidRequestException;

/**
 * Phased consistency distillation (Wang et al. 2024): the time is cut into phases, and every point
 * of a phase is sent to the phase's own clean end, so that the deterministic walk over the edges is
 * all that the student learns. The edges are the times of the sampling grid with as many steps, and
 * 0: of 4 phases 0, 259, 499, 759. Where t_n is an edge the target is the teacher's own step.
 *
 * <p>Draws nothing beyond what {@link GuidedStep} draws.
 *
 * @param step what it shares with other distillations
 * @param function the trajectory function that is trained
 * @param phases number of phases, at least 1; 1 is consistency distillation to time 0
 */
public record Pcm(GuidedStep step, TrajectoryFunction function, int phases)
    implements ToDestinations {
  public Pcm {
    if (phases < 1) {
      throw new InvalidRequestException("phases must be at least 1 but was " + phases);
    }
  }

  /** With TCF(1), as published. */
  public Pcm(GuidedStep step, int phases) {
    this(step, new Tcf1(), phases);
  }

  /** The lower ends of the phases, ascending from 0. */
  double[] edges(SkippedGrid grid) {
    double[] starts = grid.spread(grid.size(), phases);
    double[] edges = new double[phases];
    for (int j = 1; j < phases; j++) {
      edges[j] = starts[phases - j];
    }
    return edges;
  }

  @Override
  public double of(SkippedGrid grid, int i, double... u) {
    double own = 0;
    for (double edge : edges(grid)) {
      own = edge <= grid.end(i) ? edge : own;
    }
    return own;
  }

  @Override
  public int draws() {
    return 0;
  }
}
