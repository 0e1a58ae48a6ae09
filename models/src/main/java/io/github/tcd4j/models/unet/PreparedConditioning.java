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
  final AdditionalResiduals added;

  PreparedConditioning(Conditioning rows, Adapters adapters, TextKeyValues seen) {
    this(rows, adapters, seen, AdditionalResiduals.NONE);
  }

  private PreparedConditioning(
      Conditioning rows, Adapters adapters, TextKeyValues seen, AdditionalResiduals added) {
    this.rows = rows;
    this.adapters = adapters;
    this.seen = seen;
    this.added = added;
  }

  /** The same text with {@code more} (B, T) added to the time embedding. */
  public PreparedConditioning plusTimeShift(Tensor more) {
    return new PreparedConditioning(rows.plusTimeShift(more), adapters, seen, added);
  }

  /** The same with residuals of the current x and time, in the place of others. */
  public PreparedConditioning with(AdditionalResiduals residuals) {
    return new PreparedConditioning(rows, adapters, seen, residuals);
  }
}
