package io.github.tcd4j.training.dataset;

import io.github.tcd4j.data.EpochOrder;
import io.github.tcd4j.tensor.RandomSource;
import io.github.tcd4j.tensor.Tensor;

/** Latents with text tokens by row, as a diffusion network is trained on them. */
public interface LatentSource {
  /** Number of rows. */
  int size();

  /** The order in which the rows are seen. */
  EpochOrder order(long seed);

  /** Latents (B, C, H, W) drawn from the posteriors of {@code rows}, scaled. */
  Tensor latents(int[] rows, RandomSource random);

  /** Text tokens of {@code rows}, each replaced by those of the empty caption at rate dropout. */
  Tensor tokens(int[] rows, double dropout, RandomSource random);

  /** Text tokens of the empty caption (1, L, D). */
  Tensor empty();
}
