package io.github.tcd4j.models.unet;

import io.github.tcd4j.models.layers.Adapters;
import io.github.tcd4j.tensor.Tensor;

/**
 * Conditioning prepared once for all steps: the text's keys and values in each of its layers.
 * Belongs to the scope in which {@link UNet2DConditionModel#prepare} made it.
 */
public final class PreparedConditioning {
  final Conditioning rows;
  final Adapters adapters;
  final TextKeyValues seen;

  PreparedConditioning(Conditioning rows, Adapters adapters, TextKeyValues seen) {
    this.rows = rows;
    this.adapters = adapters;
    this.seen = seen;
  }

  /** The same text with {@code more} (B, T) added to the time embedding. */
  public PreparedConditioning plusTimeShift(Tensor more) {
    return new PreparedConditioning(rows.plusTimeShift(more), adapters, seen);
  }
}
