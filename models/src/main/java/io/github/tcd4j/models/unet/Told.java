package io.github.tcd4j.models.unet;

import io.github.tcd4j.models.layers.Adapters;
import io.github.tcd4j.tensor.Tensor;

/**
 * What a U-Net is told, with all that it makes of it once and for every step: the text's keys and
 * values in each of its layers. Belongs to the scope in which {@link UNet2DConditionModel#told}
 * made it.
 */
public final class Told {
  final Conditioning rows;
  final Adapters adapters;
  final SeenText seen;

  Told(Conditioning rows, Adapters adapters, SeenText seen) {
    this.rows = rows;
    this.adapters = adapters;
    this.seen = seen;
  }

  /** The same text with {@code more} (B, T) added to the time embedding. */
  public Told plusTimeShift(Tensor more) {
    return new Told(rows.plusTimeShift(more), adapters, seen);
  }
}
