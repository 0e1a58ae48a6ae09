package io.github.tcd4j.diffusion;

import io.github.tcd4j.diffusion.schedule.NoiseSchedule;
import io.github.tcd4j.tensor.Tensor;

/**
 * The flow map of a mixture's probability-flow equation as a trajectory function: what a perfect
 * one would answer. It solves d(x / sigma) / dlambda = e^lambda x0 in float64, row by row, by
 * Runge-Kutta steps of at most 1/32 in lambda, and asks no network.
 */
public record ExactFlow(GaussianMixture data) implements TrajectoryFunction {
  private static final double STEPS_PER_LAMBDA = 32;

  @Override
  public Tensor jump(Denoiser d, Tensor x, Tensor t, Tensor s, NoiseSchedule schedule) {
    double[] from = t.toDoubleArray();
    double[] to = s.toDoubleArray();
    double[] values = x.toDoubleArray();
    int dims = values.length / from.length;
    for (int b = 0; b < from.length; b++) {
      double[] row = new double[dims];
      System.arraycopy(values, b * dims, row, 0, dims);
      double scale = scale(schedule, from[b]);
      double[] there = denoise(row, scale, schedule.lambda(from[b]), schedule.lambda(to[b]));
      double back = scale(schedule, to[b]);
      for (int j = 0; j < dims; j++) {
        values[b * dims + j] = there[j] * back;
      }
    }
    float[] out = new float[values.length];
    for (int j = 0; j < out.length; j++) {
      out[j] = (float) values[j];
    }
    return Tensor.of(out, x.shape());
  }

  @Override
  public int evaluations() {
    return 0;
  }

  /** Length of (alpha, sigma), 1 where variance is preserved. */
  private static double scale(NoiseSchedule schedule, double t) {
    return Math.hypot(schedule.alpha(t), schedule.sigma(t));
  }

  private double[] denoise(double[] x, double scale, double a, double b) {
    int n = (int) Math.ceil((b - a) * STEPS_PER_LAMBDA);
    double h = (b - a) / n;
    double[] z = new double[x.length];
    for (int j = 0; j < z.length; j++) {
      z[j] = x[j] / scale / sigma(a);
    }
    for (int i = 0; i < n; i++) {
      double l = a + i * h;
      double[] k1 = slope(z, l);
      double[] k2 = slope(moved(z, k1, h / 2), l + h / 2);
      double[] k3 = slope(moved(z, k2, h / 2), l + h / 2);
      double[] k4 = slope(moved(z, k3, h), l + h);
      for (int j = 0; j < z.length; j++) {
        z[j] += h / 6 * (k1[j] + 2 * k2[j] + 2 * k3[j] + k4[j]);
      }
    }
    return moved(new double[z.length], z, sigma(b));
  }

  private double[] slope(double[] z, double lambda) {
    double sigma = sigma(lambda);
    double alpha = Math.exp(lambda) * sigma;
    return moved(
        new double[z.length],
        data.x0(moved(new double[z.length], z, sigma), alpha, sigma),
        Math.exp(lambda));
  }

  private static double[] moved(double[] from, double[] by, double factor) {
    double[] to = new double[from.length];
    for (int j = 0; j < to.length; j++) {
      to[j] = from[j] + factor * by[j];
    }
    return to;
  }

  private static double sigma(double lambda) {
    return 1 / Math.sqrt(1 + Math.exp(2 * lambda));
  }
}
