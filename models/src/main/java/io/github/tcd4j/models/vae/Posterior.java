package io.github.tcd4j.models.vae;

import io.github.tcd4j.tensor.RandomSource;
import io.github.tcd4j.tensor.Tensor;

/**
 * A normal distribution of latents, each element on its own (diffusers' {@code
 * DiagonalGaussianDistribution}); mean and logVariance (B, C, h, w), float32, before the scaling
 * factor.
 */
public record Posterior(Tensor mean, Tensor logVariance) {
  /** mean + exp(logVariance / 2) times standard normal noise. */
  public Tensor sample(RandomSource random) {
    Tensor noise = random.normal(mean.shape()).to(mean.device());
    return mean.plus(logVariance.times(0.5).exp().times(noise));
  }

  /**
   * The divergence from the standard normal, element by element: (mean^2 + variance - 1 -
   * logVariance) / 2.
   */
  public Tensor kl() {
    return mean.square().plus(logVariance.exp()).minus(1).minus(logVariance).times(0.5);
  }
}
