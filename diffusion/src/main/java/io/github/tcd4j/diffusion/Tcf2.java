package io.github.tcd4j.diffusion;

import io.github.tcd4j.diffusion.schedule.Node;
import io.github.tcd4j.diffusion.schedule.NoiseSchedule;
import io.github.tcd4j.diffusion.schedule.PerSample;
import io.github.tcd4j.tensor.Tensor;

/**
 * TCF(2) (paper, eq. 22): the network is evaluated twice, at t and at a time u between t and s, so
 * that not its output but the slope of its output in lambda is held fixed. With h = lambda_s -
 * lambda_t and r = (lambda_u - lambda_t) / h, F the network read as x0 and x_u = TCF(1) from t to
 * u,
 *
 * <pre>
 *   (sigma_s / sigma_t) x - alpha_s (e^-h - 1) [(1 - 1/2r) F(x, t)   + 1/2r F(x_u, u)]
 *   (alpha_s / alpha_t) x - sigma_s (e^h  - 1) [(1 - 1/2r) eps(x, t) + 1/2r eps(x_u, u)]
 * </pre>
 *
 * are its two forms, DPM-Solver++(2S) and DPM-Solver-2. Unlike those of TCF(1) they differ, by
 * O(h^3), the size of their errors. Both are TCF(1) from t to s plus a correction, and so they are
 * computed: nothing cancels, and a jump from t to t leads nowhere.
 *
 * <p>u is the midpoint in lambda, where r = 1/2. A midpoint in time would be far from it: from 999
 * to 0, r = 0.35. Gradients go through both outputs.
 *
 * <p>Where alpha_t or sigma_s is 0, h is infinite, there is no midpoint, and what is left is
 * TCF(1).
 *
 * @param form which of the two
 * @param wholeTimes whether u is rounded to a whole time, as networks of discrete time have seen
 *     them; the weights keep the r that results. Leave it off where the time is not an index
 */
public record Tcf2(Form form, boolean wholeTimes) implements TrajectoryFunction {
  /** What is taken to be linear in lambda. */
  public enum Form {
    /** The clean sample, as in the paper. */
    DATA,
    /** The noise. */
    NOISE
  }

  /** The paper's form, at whole times. */
  public Tcf2() {
    this(Form.DATA, true);
  }

  @Override
  public Tensor jump(Denoiser d, Tensor x, Tensor t, Tensor s, NoiseSchedule schedule) {
    double[] from = t.toDoubleArray();
    double[] to = s.toDoubleArray();
    float[] u = new float[from.length];
    float[] weights = new float[from.length];
    for (int b = 0; b < u.length; b++) {
      Node start = schedule.at(from[b]);
      Node end = schedule.at(to[b]);
      Node middle = middle(start, end, schedule);
      u[b] = (float) middle.time();
      weights[b] = (float) weight(start, middle, end);
    }
    Tensor weight = Tensor.of(weights, u.length, 1, 1, 1).to(x.device());
    Tensor middle = Tensor.of(u).to(x.device());
    return jump(
        d, x, Level.of(t, schedule), Level.of(middle, schedule), Level.of(s, schedule), weight);
  }

  @Override
  public Tensor jump(Denoiser d, Tensor x, Node t, Node s, NoiseSchedule schedule) {
    Node u = middle(t, s, schedule);
    Prediction first = d.at(x, PerSample.same(t.time(), x), PerSample.same(u.time(), x));
    Tensor xu = first.mix(x, t, u.alpha(), u.sigma());
    Prediction second = d.at(xu, PerSample.same(u.time(), x), PerSample.same(s.time(), x));
    Tensor change =
        switch (form) {
          case DATA -> second.x0(xu, u).minus(first.x0(x, t));
          case NOISE -> second.epsilon(xu, u).minus(first.epsilon(x, t));
        };
    return first.mix(x, t, s.alpha(), s.sigma()).plus(change, weight(t, u, s));
  }

  private Tensor jump(Denoiser d, Tensor x, Level t, Level u, Level s, Tensor weight) {
    Prediction first = d.at(x, t.time, u.time);
    Tensor x0 = first.x0(x, t.alpha, t.sigma);
    Tensor eps = first.epsilon(x, t.alpha, t.sigma);
    Tensor xu = u.point(x0, eps);
    Prediction second = d.at(xu, u.time, s.time);
    Tensor change =
        switch (form) {
          case DATA -> second.x0(xu, u.alpha, u.sigma).minus(x0);
          case NOISE -> second.epsilon(xu, u.alpha, u.sigma).minus(eps);
        };
    return s.point(x0, eps).plus(change.times(weight));
  }

  @Override
  public int evaluations() {
    return 2;
  }

  /** The stop between t and s; t itself where there is none. */
  Node middle(Node t, Node s, NoiseSchedule schedule) {
    double lambda = (t.lambda() + s.lambda()) / 2;
    if (t.lambda() == s.lambda() || Double.isInfinite(lambda) || Double.isNaN(lambda)) {
      return t;
    }
    double time = schedule.timeOf(lambda);
    if (wholeTimes) {
      Node whole = schedule.at(Math.rint(time));
      // Where t and s are neighbours, no whole time may lie between them.
      if (whole.lambda() > t.lambda() && whole.lambda() <= s.lambda()) {
        return whole;
      }
    }
    return schedule.at((float) time);
  }

  /** Weight of the change between the two answers: a share 1/2r of that of the first. */
  private double weight(Node t, Node u, Node s) {
    double h = s.lambda() - t.lambda();
    double r = (u.lambda() - t.lambda()) / h;
    if (!(r > 0)) {
      return 0;
    }
    double gain =
        switch (form) {
          case DATA -> -s.alpha() * Math.expm1(-h);
          case NOISE -> -s.sigma() * Math.expm1(h);
        };
    return gain / (2 * r);
  }

  /** A time with its alpha and sigma for each row. */
  private record Level(Tensor time, Tensor alpha, Tensor sigma) {
    static Level of(Tensor t, NoiseSchedule schedule) {
      return new Level(t, schedule.alpha(t), schedule.sigma(t));
    }

    Tensor point(Tensor x0, Tensor eps) {
      return x0.times(alpha).plus(eps.times(sigma));
    }
  }
}
