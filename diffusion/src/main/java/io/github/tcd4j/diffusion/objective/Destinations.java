package io.github.tcd4j.diffusion.objective;

import io.github.tcd4j.diffusion.schedule.SolverTimesteps;
import io.github.tcd4j.tensor.RandomSource;
import io.github.tcd4j.tensor.Tensor;

/**
 * Where student and target are both sent, 0 <= s <= t_n, row by row: the one thing in which the
 * relatives of trajectory consistency distillation differ.
 */
public interface Destinations {
  /**
   * The destination of a row.
   *
   * @param grid the grid of the teacher's steps
   * @param i the row's step, which leads from {@code grid.start(i)} to t_n = {@code grid.end(i)}
   * @param u {@link #draws} numbers, uniform in [0, 1)
   */
  double of(SolverTimesteps grid, int i, double... u);

  /** How many random numbers a row needs. */
  default int draws() {
    return 1;
  }

  /** Destinations of the steps i (B), as float32 (B); draws (B, draws) uniform numbers. */
  default Tensor draw(SolverTimesteps grid, Tensor i, RandomSource random) {
    int rows = (int) i.numel();
    double[] u = draws() == 0 ? new double[0] : random.uniform(0, 1, rows, draws()).toDoubleArray();
    double[] steps = i.toDoubleArray();
    for (int b = 0; b < rows; b++) {
      double[] own = new double[draws()];
      System.arraycopy(u, b * own.length, own, 0, own.length);
      steps[b] = of(grid, (int) steps[b], own);
    }
    return GuidedStep.times(Tensor.of(steps), s -> s);
  }

  /** Uniform on the skipped grid 0, 19, 39, ... t_n, both ends included: TCD as published. */
  record Skipped() implements Destinations {
    @Override
    public double of(SolverTimesteps grid, int i, double... u) {
      return grid.end(Math.floor(u[0] * (i + 1)));
    }
  }

  /** Uniform on all whole times 0 .. t_n. */
  record EveryTime() implements Destinations {
    @Override
    public double of(SolverTimesteps grid, int i, double... u) {
      return Math.floor(u[0] * (grid.end(i) + 1));
    }
  }

  /**
   * Always t_n: the target is the teacher's own step, and what is learnt is the teacher's solver,
   * guidance included. A control.
   */
  record Next() implements Destinations {
    @Override
    public double of(SolverTimesteps grid, int i, double... u) {
      return grid.end(i);
    }

    @Override
    public int draws() {
      return 0;
    }
  }

  /** Always time 0: consistency distillation. */
  record Clean() implements Destinations {
    @Override
    public double of(SolverTimesteps grid, int i, double... u) {
      return 0;
    }

    @Override
    public int draws() {
      return 0;
    }
  }
}
