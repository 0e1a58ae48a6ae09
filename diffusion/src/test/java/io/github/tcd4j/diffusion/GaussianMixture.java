package io.github.tcd4j.diffusion;

import io.github.tcd4j.diffusion.schedule.NoiseSchedule;
import io.github.tcd4j.tensor.Functional;
import io.github.tcd4j.tensor.RandomSource;
import io.github.tcd4j.tensor.Tensor;

/**
 * Data whose posterior is known in closed form: a mixture of isotropic Gaussians in D dimensions.
 * Noised to x = alpha x0 + sigma eps, component k has mean alpha m_k and variance V_k = alpha^2 v_k
 * + sigma^2, and E[x0 | x] = sum_k r_k(x) (m_k + alpha v_k / V_k (x - alpha m_k)).
 */
public record GaussianMixture(double[] weights, double[][] means, double[] deviations) {
  /** Three components on the line, far enough apart to bend the trajectories. */
  public static final GaussianMixture LINE =
      new GaussianMixture(
          new double[] {0.3, 0.5, 0.2},
          new double[][] {{-1.5}, {0.4}, {1.8}},
          new double[] {0.3, 0.2, 0.4});

  /** Four components in the plane, on no common circle. */
  public static final GaussianMixture PLANE =
      new GaussianMixture(
          new double[] {0.3, 0.2, 0.2, 0.3},
          new double[][] {{-1.4, -0.4}, {0.1, 1.5}, {0.6, -1.2}, {1.5, 0.7}},
          new double[] {0.25, 0.2, 0.3, 0.2});

  /** One Gaussian on the line. */
  public static GaussianMixture single(double mean, double deviation) {
    return new GaussianMixture(new double[] {1}, new double[][] {{mean}}, new double[] {deviation});
  }

  /** A mixture shaped like latents of {@code dims} elements, from a fixed rule. */
  public static GaussianMixture latents(int dims) {
    double[][] means = new double[3][dims];
    for (int k = 0; k < 3; k++) {
      for (int i = 0; i < dims; i++) {
        means[k][i] = Math.sin(1 + 3 * k + 0.7 * i);
      }
    }
    return new GaussianMixture(new double[] {0.2, 0.5, 0.3}, means, new double[] {0.5, 0.3, 0.4});
  }

  /** {@code n} points of the data, of the given shape a row. */
  public Tensor sample(int n, RandomSource random, long... shape) {
    int d = means[0].length;
    double[] u = random.uniform(0, 1, n).toDoubleArray();
    double[] z = random.normal(n, d).toDoubleArray();
    float[] x = new float[n * d];
    for (int b = 0; b < n; b++) {
      int k = 0;
      for (double left = u[b]; k < weights.length - 1 && left >= weights[k]; k++) {
        left -= weights[k];
      }
      for (int j = 0; j < d; j++) {
        x[b * d + j] = (float) (means[k][j] + deviations[k] * z[b * d + j]);
      }
    }
    long[] whole = new long[shape.length + 1];
    whole[0] = n;
    System.arraycopy(shape, 0, whole, 1, shape.length);
    return Tensor.of(x, whole);
  }

  /** The exact posterior as a network of the given kind, for x (B, ...) of D elements a row. */
  public Denoiser denoiser(NoiseSchedule schedule, Prediction.Kind kind) {
    return (x, t, s) -> {
      Tensor alpha = schedule.alpha(t);
      Tensor sigma = schedule.sigma(t);
      Tensor x0 = posterior(x, alpha.reshape(-1, 1, 1), sigma.reshape(-1, 1, 1));
      Tensor eps = x.minus(alpha.times(x0)).div(sigma);
      return new Prediction(
          kind,
          switch (kind) {
            case EPSILON -> eps;
            case V -> alpha.times(eps).minus(sigma.times(x0));
            case X0 -> x0;
          });
    };
  }

  private Tensor posterior(Tensor x, Tensor alpha, Tensor sigma) {
    int k = weights.length;
    int d = means[0].length;
    float[] m = new float[k * d];
    float[] v = new float[k];
    float[] w = new float[k];
    for (int i = 0; i < k; i++) {
      v[i] = (float) (deviations[i] * deviations[i]);
      w[i] = (float) Math.log(weights[i]);
      for (int j = 0; j < d; j++) {
        m[i * d + j] = (float) means[i][j];
      }
    }
    Tensor mean = Tensor.of(m, 1, k, d);
    Tensor variance = Tensor.of(v, 1, k, 1);
    Tensor total = alpha.square().times(variance).plus(sigma.square());
    Tensor away = x.reshape(x.size(0), 1, d).minus(alpha.times(mean));
    Tensor log =
        Tensor.of(w, 1, k, 1)
            .minus(total.log().times(d / 2.0))
            .minus(away.square().sum(true, 2).div(total).times(0.5));
    Tensor each = mean.plus(alpha.times(variance).div(total).times(away));
    return Functional.softmax(log, 1).times(each).sum(false, 1).reshape(x.shape());
  }

  /** E[x0 | x] on the line, in float64. */
  public double x0(double x, double alpha, double sigma) {
    return x0(new double[] {x}, alpha, sigma)[0];
  }

  /** E[x0 | x] of one point, in float64. */
  public double[] x0(double[] x, double alpha, double sigma) {
    double[] logs = new double[weights.length];
    double greatest = Double.NEGATIVE_INFINITY;
    for (int k = 0; k < weights.length; k++) {
      double total = total(k, alpha, sigma);
      double away = 0;
      for (int j = 0; j < x.length; j++) {
        away += Math.pow(x[j] - alpha * means[k][j], 2);
      }
      logs[k] = Math.log(weights[k]) - x.length / 2.0 * Math.log(total) - away / (2 * total);
      greatest = Math.max(greatest, logs[k]);
    }
    double sum = 0;
    double[] answer = new double[x.length];
    for (int k = 0; k < weights.length; k++) {
      double r = Math.exp(logs[k] - greatest);
      double gain = alpha * deviations[k] * deviations[k] / total(k, alpha, sigma);
      sum += r;
      for (int j = 0; j < x.length; j++) {
        answer[j] += r * (means[k][j] + gain * (x[j] - alpha * means[k][j]));
      }
    }
    for (int j = 0; j < x.length; j++) {
      answer[j] /= sum;
    }
    return answer;
  }

  private double total(int k, double alpha, double sigma) {
    return Math.pow(alpha * deviations[k], 2) + sigma * sigma;
  }

  /** The exact flow map on the line from half log-SNR a to b, to some 12 digits. */
  public double flow(double x, double a, double b) {
    return flow(x, a, b, 4000);
  }

  /**
   * The flow map of the probability-flow ODE by {@code n} Runge-Kutta steps of d(x / sigma) /
   * dlambda = e^lambda x0.
   */
  public double flow(double x, double a, double b, int n) {
    double h = (b - a) / n;
    double z = x / sigma(a);
    for (int i = 0; i < n; i++) {
      double l = a + i * h;
      double k1 = slope(z, l);
      double k2 = slope(z + h / 2 * k1, l + h / 2);
      double k3 = slope(z + h / 2 * k2, l + h / 2);
      double k4 = slope(z + h * k3, l + h);
      z += h / 6 * (k1 + 2 * k2 + 2 * k3 + k4);
    }
    return z * sigma(b);
  }

  private double slope(double z, double lambda) {
    return Math.exp(lambda)
        * x0(z * sigma(lambda), Math.exp(lambda) * sigma(lambda), sigma(lambda));
  }

  private static double sigma(double lambda) {
    return 1 / Math.sqrt(1 + Math.exp(2 * lambda));
  }
}
