package io.github.tcd4j.diffusion.schedule;

import io.github.tcd4j.tensor.Tensor;

/**
 * How much signal and how much noise there is at a time: x_t = alpha(t) x_0 + sigma(t) noise. Time
 * is the input of the network; a greater time is noisier, and it may be fractional.
 */
public interface NoiseSchedule {
  /** Share of the signal at time {@code t}, in [0, 1]. */
  double alpha(double t);

  /** Standard deviation of the noise at time {@code t}. */
  double sigma(double t);

  /** The time whose half log-SNR is {@code lambda}; beyond the ends, the end. */
  double timeOf(double lambda);

  /** The noisiest time. */
  double lastTime();

  /** Half log-SNR ln(alpha / sigma), which grows as the picture becomes clear. */
  default double lambda(double t) {
    return Math.log(alpha(t) / sigma(t));
  }

  /** {@link #alpha(double)} of each row's time: (B) to float32 (B, 1, 1, 1). */
  default Tensor alpha(Tensor t) {
    return PerSample.map(t, this::alpha);
  }

  /** {@link #sigma(double)} of each row's time: (B) to float32 (B, 1, 1, 1). */
  default Tensor sigma(Tensor t) {
    return PerSample.map(t, this::sigma);
  }

  /** The node of time {@code t}. */
  default Node at(double t) {
    return new Node(t, alpha(t), sigma(t));
  }

  /** alpha x0 + sigma noise with each row at its own time; x0 and noise (B, C, H, W), t (B). */
  default Tensor diffuse(Tensor x0, Tensor noise, Tensor t) {
    return alpha(t).times(x0).plus(sigma(t).times(noise));
  }
}
