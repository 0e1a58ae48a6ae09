package io.github.tcd4j.diffusion.schedule;

import io.github.tcd4j.tensor.Tensor;

/**
 * One stop of a sampler, the same for every row of the batch.
 *
 * @param time input of the network; may be fractional
 * @param alpha share of the signal, in [0, 1]
 * @param sigma standard deviation of the noise, at least 0
 */
public record Node(double time, double alpha, double sigma) {
  public Node {
    if (!(time >= 0) || !(alpha >= 0 && alpha <= 1) || !(sigma >= 0)) {
      throw new IllegalArgumentException(
          "a node needs time >= 0, alpha in [0, 1] and sigma >= 0 but was "
              + time
              + ", "
              + alpha
              + ", "
              + sigma);
    }
  }

  /**
   * The node of time {@code time} whose noise-to-signal ratio is {@code tau}, in VP coordinates.
   */
  public static Node ofTau(double time, double tau) {
    double alpha = 1 / Math.hypot(1, tau);
    return new Node(time, alpha, Double.isInfinite(tau) ? 1 : tau * alpha);
  }

  /** Noise-to-signal ratio sigma / alpha. */
  public double tau() {
    return sigma / alpha;
  }

  /** Half log-SNR; infinite where there is no noise. */
  public double lambda() {
    return Math.log(alpha / sigma);
  }

  /** The same place with all that stands there times {@code factor}, at most 1: its tau stays. */
  public Node scaled(double factor) {
    return new Node(time, factor * alpha, factor * sigma);
  }

  /** The point alpha x0 + sigma eps. */
  public Tensor point(Tensor x0, Tensor eps) {
    return x0.blend(alpha, eps, sigma);
  }
}
