package io.github.tcd4j.training.dataset;

import io.github.tcd4j.models.unet.Conditioning;
import io.github.tcd4j.tensor.RandomSource;
import io.github.tcd4j.tensor.Tensor;

/** Latents with conditioning by row, as a diffusion network is trained on them. */
public interface LatentSource extends Corpus {
  /** Latents (B, C, H, W) drawn from the posteriors of {@code rows}, scaled. */
  Tensor latents(int[] rows, RandomSource random);

  /** The conditioning of {@code rows}, the text of each replaced by the empty one at a rate. */
  Conditioning conditioning(int[] rows, double dropout, RandomSource random);

  /** The conditioning of the empty caption, one row without time ids. */
  Conditioning empty();
}
