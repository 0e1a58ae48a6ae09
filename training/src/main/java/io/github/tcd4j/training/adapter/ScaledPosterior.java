package io.github.tcd4j.training.adapter;

import io.github.tcd4j.models.vae.AutoencoderKL;
import io.github.tcd4j.models.vae.Posterior;
import io.github.tcd4j.tensor.Autograd;
import io.github.tcd4j.tensor.RandomSource;
import io.github.tcd4j.tensor.Scope;
import io.github.tcd4j.tensor.Tensor;

/**
 * The distribution of pictures' latents, times the autoencoder's scaling factor.
 *
 * @param mean (B, C, h, w)
 * @param std of the same shape
 */
record ScaledPosterior(Tensor mean, Tensor std) {
  /** That of pictures (B, 3, H, W) in [-1, 1]: always in float32, without gradients. */
  static ScaledPosterior encode(AutoencoderKL vae, Tensor pictures) {
    try (Scope scope = Scope.inference();
        Autograd.FullPrecision precision = Autograd.fullPrecision()) {
      Posterior posterior = vae.encode(pictures);
      double scale = vae.config().scalingFactor();
      return new ScaledPosterior(
          scope.keep(posterior.mean().times(scale).contiguous()),
          scope.keep(posterior.logVariance().times(0.5).exp().times(scale).contiguous()));
    }
  }

  Tensor sample(RandomSource random) {
    Tensor noise = random.normal(mean.shape()).to(mean.device());
    return mean.plus(std.times(noise)).channelsLast();
  }

  ScaledPosterior rows(Tensor indices) {
    return new ScaledPosterior(mean.indexSelect(0, indices), std.indexSelect(0, indices));
  }
}
