package io.github.tcd4j.diffusion.objective;

import io.github.tcd4j.diffusion.Denoiser;
import io.github.tcd4j.diffusion.Tcf1;
import io.github.tcd4j.diffusion.TrajectoryFunction;
import io.github.tcd4j.diffusion.schedule.NoiseSchedule;
import io.github.tcd4j.diffusion.schedule.SolverTimesteps;
import io.github.tcd4j.files.InvalidRequestException;
import io.github.tcd4j.tensor.DType;
import io.github.tcd4j.tensor.RandomSource;
import io.github.tcd4j.tensor.Scope;
import io.github.tcd4j.tensor.Tensor;
import java.util.function.DoubleUnaryOperator;

/**
 * What all guided consistency distillation shares (paper, algorithm 2 and eq. 12, 28). In every row
 * of the batch, independently:
 *
 * <ol>
 *   <li>a step i of the skipped grid is drawn, from t = d_i to t_n = max(d_i - k, 0);
 *   <li>x_t = alpha_t x_0 + sigma_t z;
 *   <li>the teacher, guided by w drawn from [wMin, wMax], takes x_t to t_n in one step of its
 *       solver;
 *   <li>student at (x_t, t) and target at (x_{t_n}, t_n) predict the same destination, and their
 *       distance is the loss. No gradient goes through teacher and target. Networks with an
 *       embedding of w receive it.
 * </ol>
 *
 * <p>Random draws, each for the whole batch: i, z, w, then what the destination needs.
 *
 * @param skip width k of the teacher's step in times of the schedule
 * @param wMin least guidance, w = guidance scale - 1
 * @param wMax greatest guidance
 * @param solver the teacher's step; TCF(1) is DDIM
 * @param distance between student and target
 */
public record GuidedStep(
    int skip, double wMin, double wMax, TrajectoryFunction solver, Distance distance) {
  public GuidedStep {
    if (skip < 1) {
      throw new InvalidRequestException("skip must be at least 1 but was " + skip);
    }
    GuidanceRange.check(wMin, wMax);
  }

  /** The usual step: DDIM. */
  public static GuidedStep ddim(int skip, double wMin, double wMax, Distance distance) {
    return new GuidedStep(skip, wMin, wMax, new Tcf1(), distance);
  }

  /** A step without guidance, w = 0 (paper, algorithm 1). */
  public static GuidedStep unguided(int skip, TrajectoryFunction solver, Distance distance) {
    return new GuidedStep(skip, 0, 0, solver, distance);
  }

  /** A network's estimate at (x, t) of where the trajectory leads. */
  @FunctionalInterface
  interface Estimate {
    Tensor of(Denoiser d, Tensor x, Tensor t);
  }

  /** Chooses the common destination of student and target, drawing it where it is random. */
  @FunctionalInterface
  interface Destination {
    /**
     * @param i the drawn steps of the grid (B), int64
     */
    Estimate choose(SolverTimesteps grid, Tensor i, RandomSource random);
  }

  Losses losses(
      Tensor x0,
      DistillationNetworks players,
      NoiseSchedule schedule,
      RandomSource random,
      Destination destination) {
    SolverTimesteps grid = new SolverTimesteps((int) schedule.lastTime() + 1, skip);
    long rows = x0.size(0);
    Tensor i = random.integers(grid.size(), rows);
    Tensor noise = random.normal(x0.shape()).to(x0.device());
    Tensor w = new GuidanceRange(wMin, wMax).draw(rows, random).to(x0.device());
    Estimate estimate = destination.choose(grid, i, random);

    Tensor t = times(i, grid::start).to(x0.device());
    Tensor tn = times(i, grid::end).to(x0.device());
    Tensor x = schedule.diffuse(x0, noise, t);
    Tensor wanted;
    try (Scope scope = Scope.inference()) {
      Tensor xn = solver.jump(players.teacher().with(w), x, t, tn, schedule);
      wanted = scope.keep(estimate.of(players.target().withGuidance(w), xn, tn));
    }
    Tensor told = estimate.of(players.student().withGuidance(w), x, t);
    return Losses.student(distance.between(told, wanted));
  }

  /** {@code f} of each element of i (B), as float32 (B). */
  static Tensor times(Tensor i, DoubleUnaryOperator f) {
    double[] steps = i.toDoubleArray();
    for (int b = 0; b < steps.length; b++) {
      steps[b] = f.applyAsDouble(steps[b]);
    }
    return Tensor.of(steps).to(DType.F32);
  }
}
