package io.github.tcd4j.models.blocks;

import io.github.tcd4j.models.layers.Adapters;
import io.github.tcd4j.models.layers.Conv2d;
import io.github.tcd4j.models.layers.Weights;
import io.github.tcd4j.tensor.Functional;
import io.github.tcd4j.tensor.Tensor;

/**
 * Halves height and width by a convolution of stride 2 (diffusers' {@code Downsample2D}). Without
 * padding of its own it first pads one column on the right and one row at the bottom, as the
 * autoencoder does.
 */
public record Downsample(Conv2d conv) {
  public static Downsample of(Weights w, long channels, int padding) {
    return new Downsample(Conv2d.of(w.at("conv"), channels, channels, 3, 2, padding));
  }

  /** x (B, C, H, W) to (B, C, H/2, W/2), odd sizes rounded up where padding is 1, else down. */
  public Tensor forward(Tensor x, Adapters adapters) {
    return conv.forward(conv.padding() == 0 ? Functional.pad(x, 0, 0, 1, 0, 1) : x, adapters);
  }
}
