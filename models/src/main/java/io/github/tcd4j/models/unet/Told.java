package io.github.tcd4j.models.unet;

import io.github.tcd4j.models.layers.Adapters;

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
}
