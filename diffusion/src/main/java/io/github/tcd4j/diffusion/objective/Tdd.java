package io.github.tcd4j.diffusion.objective;

import io.github.tcd4j.diffusion.Tcf1;
import io.github.tcd4j.diffusion.TrajectoryFunction;
import io.github.tcd4j.diffusion.schedule.SolverTimesteps;
import io.github.tcd4j.files.InvalidRequestException;
import java.util.Arrays;

/**
 * Target-driven distillation (Wang et al. 2025): destinations are the times at which few-step
 * sampling really lands. Of those at most t_n, one is drawn uniformly among the greatest and those
 * within {@code reach} below it, and is then lowered, as a sampler with gamma lowers it, to
 * floor((1 - shrink u) s) with u uniform in [0, 1).
 *
 * <p>Its other half, decoupled guidance, is in the conditions that the caller closes over, see
 * {@link ConditionDropout}. As published: k = 4, targets of 4 to 8 steps, reach 260, shrink 0.3,
 * guidance w = 3.5, pseudo-Huber.
 *
 * <p>The destination is the last random draw: two uniform numbers for each row.
 *
 * @param step what it shares with other distillations
 * @param function the trajectory function that is trained
 * @param targets the times to land on
 * @param reach how far below the greatest target others are taken, in times; 0 takes the greatest
 * @param shrink greatest share by which a destination is lowered, in [0, 1]
 */
public record Tdd(
    GuidedStep step,
    TrajectoryFunction function,
    InferenceGrids targets,
    double reach,
    double shrink)
    implements TcdVariant {
  public Tdd {
    if (!(reach >= 0) || !(shrink >= 0 && shrink <= 1)) {
      throw new InvalidRequestException(
          "tdd needs reach >= 0 and shrink in [0, 1] but they were " + reach + " and " + shrink);
    }
  }

  /** With TCF(1) and the published targets. */
  public Tdd(GuidedStep step) {
    this(step, new Tcf1(), new InferenceGrids(4, 8), 260, 0.3);
  }

  @Override
  public double of(SolverTimesteps grid, int i, double... u) {
    double[] near =
        Arrays.stream(targets.times(grid.steps())).filter(s -> s <= grid.end(i)).toArray();
    double greatest = near[near.length - 1];
    near = Arrays.stream(near).filter(s -> s >= greatest - reach).toArray();
    return Math.floor((1 - shrink * u[1]) * near[(int) (u[0] * near.length)]);
  }

  @Override
  public int draws() {
    return 2;
  }
}
