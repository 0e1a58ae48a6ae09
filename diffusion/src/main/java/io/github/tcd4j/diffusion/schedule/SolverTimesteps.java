package io.github.tcd4j.diffusion.schedule;

import io.github.tcd4j.files.Hint;
import io.github.tcd4j.files.InvalidRequestException;

/**
 * The times between which distillation steps, and among which few-step samplers choose theirs: d_i
 * = k (i + 1) - 1 for i = 0 .. N/k - 1. With N = 1000 and k = 20 these are 19, 39, ... 999.
 *
 * @param steps number of times of the schedule, N
 * @param skip width of one step, k, in 1 .. N
 */
public record SolverTimesteps(int steps, int skip) {
  /**
   * How many times few-step samplers choose among, unless a scheduler configuration has another
   * {@code original_inference_steps}.
   */
  public static final int INFERENCE_TIMES = 50;

  public SolverTimesteps {
    if (skip < 1 || skip > steps) {
      throw new InvalidRequestException("skip must be in [1, " + steps + "] but was " + skip);
    }
  }

  /**
   * The {@code n} times, descending, that the few-step samplers TCD and LCM visit in n steps on a
   * schedule of {@code steps} times. They depend on {@link #INFERENCE_TIMES} alone, not on the
   * width of the teacher's step: 999, 759, 499, 259 of 4 steps and 1000 times.
   *
   * @throws IllegalArgumentException unless 1 <= n <= 50 <= steps
   */
  public static double[] inference(int steps, int n) {
    if (steps < INFERENCE_TIMES) {
      throw new IllegalArgumentException(
          "few-step sampling chooses among "
              + INFERENCE_TIMES
              + " times, so the schedule must have at least as many but has "
              + steps);
    }
    return new SolverTimesteps(steps, steps / INFERENCE_TIMES).spread(INFERENCE_TIMES, n);
  }

  /** Number of times. */
  public int size() {
    return steps / skip;
  }

  /** d_i, from which the teacher's step i starts. */
  public double start(double i) {
    return skip * (i + 1) - 1;
  }

  /** max(d_i - k, 0), where it ends. */
  public double end(double i) {
    return Math.max(start(i) - skip, 0);
  }

  /**
   * {@code n} times spread evenly over the first {@code count} times of the grid, descending from
   * the last of these.
   *
   * @throws InvalidRequestException unless 1 <= n <= count
   */
  public double[] spread(int count, int n) {
    if (n < 1 || n > count) {
      throw new InvalidRequestException(
          "steps must be in [1, "
              + count
              + "] on the grid of the distillation but was "
              + n
              + "; for more, list the time steps",
          Hint.CUSTOM_TIMESTEPS);
    }
    double width = (double) count / n;
    double[] times = new double[n];
    for (int i = 0; i < n; i++) {
      times[i] = start(count - 1 - (int) (i * width));
    }
    return times;
  }
}
