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
  final int frames;
  final InsertedLayers inserted;

  PreparedConditioning(Conditioning rows, Adapters adapters, TextKeyValues seen) {
    this(rows, adapters, seen, AdditionalResiduals.NONE, 1, InsertedLayers.NONE);
  }

  private PreparedConditioning(
      Conditioning rows,
      Adapters adapters,
      TextKeyValues seen,
      AdditionalResiduals added,
      int frames,
      InsertedLayers inserted) {
    this.rows = rows;
    this.adapters = adapters;
    this.seen = seen;
    this.added = added;
    this.frames = frames;
    this.inserted = inserted;
  }

  /** The same text with {@code more} (B, T) added to the time embedding. */
  public PreparedConditioning plusTimeShift(Tensor more) {
    Conditioning shifted = rows.plusTimeShift(more);
    return new PreparedConditioning(shifted, adapters, seen, added, frames, inserted);
  }

  /** The same with residuals of the current x and time, in the place of others. */
  public PreparedConditioning with(AdditionalResiduals residuals) {
    return new PreparedConditioning(rows, adapters, seen, residuals, frames, inserted);
  }

  /**
   * The same for latents of so many rows in the place of each: the frames of a video, which follow
   * each other. What is conditioned on, the time included, is computed once for all of them.
   *
   * @param more layers of another network, in the place of others
   */
  public PreparedConditioning inFrames(int n, InsertedLayers more) {
    return new PreparedConditioning(rows, adapters, seen, added, n, more);
  }
}
