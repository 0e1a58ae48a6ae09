package io.github.tcd4j.diffusion.objective;

import io.github.tcd4j.diffusion.schedule.SolverTimesteps;
import io.github.tcd4j.files.InvalidRequestException;
import java.util.TreeSet;

/**
 * Destinations at which few-step sampling really lands: the times of all sampling grids of {@code
 * least} to {@code most} steps, without their starts and with time 0, uniform among those at most
 * t_n. The sampling grids are those of {@link SolverTimesteps#inference}, whatever the teacher's
 * step.
 *
 * @param least fewest steps, at least 1
 * @param most most steps, at most 50
 */
public record InferenceGrids(int least, int most) implements Destinations {
  public InferenceGrids {
    if (!(least >= 1 && least <= most && most <= SolverTimesteps.INFERENCE_TIMES)) {
      throw new InvalidRequestException(
          "inference steps must satisfy 1 <= least <= most <= "
              + (SolverTimesteps.INFERENCE_TIMES + " but were " + least + " to " + most));
    }
  }

  /** All of them in ascending order, 0 first; {@code steps} is the schedule's number of times. */
  public double[] times(int steps) {
    TreeSet<Double> times = new TreeSet<>();
    times.add(0.0);
    for (int n = least; n <= most; n++) {
      double[] spread = SolverTimesteps.inference(steps, n);
      for (int j = 1; j < n; j++) {
        times.add(spread[j]);
      }
    }
    return times.stream().mapToDouble(Double::doubleValue).toArray();
  }

  @Override
  public double of(SolverTimesteps grid, int i, double... u) {
    double[] times = times(grid.steps());
    int below = 0;
    while (below < times.length && times[below] <= grid.end(i)) {
      below++;
    }
    return times[(int) (u[0] * below)];
  }
}
