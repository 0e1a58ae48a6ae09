package io.github.tcd4j.diffusion;

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
    return log.softmax(1).times(each).sum(false, 1).reshape(x.shape());
  }

  /** E[x0 | x] on the line, in float64. */
  public double x0(double x, double alpha, double sigma) {
    double sum = 0;
    double answer = 0;
    for (int k = 0; k < weights.length; k++) {
      double v = deviations[k] * deviations[k];
      double total = alpha * alpha * v + sigma * sigma;
      double away = x - alpha * means[k][0];
      double r = weights[k] / Math.sqrt(total) * Math.exp(-away * away / (2 * total));
      sum += r;
      answer += r * (means[k][0] + alpha * v / total * away);
    }
    return answer / sum;
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
