package io.github.tcd4j.diffusion.objective;

import io.github.tcd4j.diffusion.Tcf1;
import io.github.tcd4j.diffusion.TrajectoryFunction;
import io.github.tcd4j.diffusion.schedule.SolverTimesteps;
import io.github.tcd4j.files.InvalidRequestException;

/**
 * Phased consistency distillation (Wang et al. 2024): the time is cut into phases, and every point
 * of a phase is sent to the phase's own clean end, so that deterministic sampling over the edges is
 * all that the student learns. The edges are the times of the sampling grid with as many steps
 * ({@link SolverTimesteps#inference}), and 0: of 4 phases 0, 259, 499, 759, whatever the teacher's
 * step. Where t_n is an edge the target is the teacher's own step.
 *
 * <p>Draws nothing beyond what {@link GuidedStep} draws.
 *
 * @param step what it shares with other distillations
 * @param function the trajectory function that is trained
 * @param phases number of phases, in 1 .. 50; 1 is consistency distillation to time 0
 */
public record Pcm(GuidedStep step, TrajectoryFunction function, int phases) implements TcdVariant {
  public Pcm {
    if (phases < 1 || phases > SolverTimesteps.INFERENCE_TIMES) {
      throw new InvalidRequestException(
          ("phases must be in [1, " + SolverTimesteps.INFERENCE_TIMES)
              + ("], the times of few-step sampling, but was " + phases));
    }
  }

  /** With TCF(1), as published. */
  public Pcm(GuidedStep step, int phases) {
    this(step, new Tcf1(), phases);
  }

  /** The lower ends of the phases, ascending from 0. */
  static double[] edges(SolverTimesteps grid, int phases) {
    double[] starts = SolverTimesteps.inference(grid.steps(), phases);
    double[] edges = new double[phases];
    for (int j = 1; j < phases; j++) {
      edges[j] = starts[phases - j];
    }
    return edges;
  }

  /** The greatest lower end that is at most t_n of step i. */
  static double edge(SolverTimesteps grid, int phases, int i) {
    double own = 0;
    for (double edge : edges(grid, phases)) {
      own = edge <= grid.end(i) ? edge : own;
    }
    return own;
  }

  @Override
  public double of(SolverTimesteps grid, int i, double... u) {
    return edge(grid, phases, i);
  }

  @Override
  public int draws() {
    return 0;
  }
}
