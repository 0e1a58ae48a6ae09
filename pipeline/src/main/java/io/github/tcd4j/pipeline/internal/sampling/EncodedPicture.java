package io.github.tcd4j.pipeline.internal.sampling;

import io.github.tcd4j.diffusion.sampler.NoiseSource;
import io.github.tcd4j.tensor.Scope;
import io.github.tcd4j.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * What an autoencoder makes of one picture, before the scaling factor.
 *
 * @param mean (1, C, h, w)
 * @param deviation of the distribution around it; null for an autoencoder that has none, for which
 *     nothing is drawn
 */
public record EncodedPicture(Tensor mean, @Nullable Tensor deviation) {
  /** One sample for each row of a shape (B, C, h, w). */
  Tensor sample(NoiseSource source, long... shape) {
    if (deviation == null) {
      return mean.expand(shape);
    }
    return mean.plus(deviation.times(source.draw(shape).to(mean.device())));
  }

  /** Lets both outlive a scope. */
  EncodedPicture keptBy(Scope scope) {
    scope.keep(mean);
    if (deviation != null) {
      scope.keep(deviation);
    }
    return this;
  }

  boolean isFinite() {
    return mean.isFinite() && (deviation == null || deviation.isFinite());
  }
}
