package io.github.tcd4j.models.icnet;

import io.github.tcd4j.models.layers.Adapters;
import io.github.tcd4j.models.layers.Linear;
import io.github.tcd4j.models.layers.Weights;
import io.github.tcd4j.tensor.Functional;
import io.github.tcd4j.tensor.Scope;
import io.github.tcd4j.tensor.Tensor;

/**
 * A weight from 0 to 1 for each channel by its own map, the same two layers for all of them; {@code
 * slam}, spatial layout attention, in ICNet.
 *
 * @param side of the map that the layers read; others are resized
 */
record ChannelAttention(Linear first, Linear second, int side) {
  private static final int INNER = 512;

  static ChannelAttention of(Weights w, int side) {
    Weights linear = w.at("linear");
    return new ChannelAttention(
        Linear.of(linear.at(0), (long) side * side, INNER),
        Linear.of(linear.at(2), INNER, 1),
        side);
  }

  /** x (B, C, H, W) to the same shape. */
  Tensor forward(Tensor x) {
    return Scope.result(
        () -> {
          Tensor map = x.size(2) == side ? x : Functional.upsampleBilinear(x, side, side, true);
          Tensor flat = map.reshape(x.size(0), x.size(1), (long) side * side);
          Tensor inner = Functional.relu(first.forward(flat, Adapters.NONE));
          return x.times(second.forward(inner, Adapters.NONE).sigmoid().unsqueeze(3));
        });
  }
}
