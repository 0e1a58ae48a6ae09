package io.github.tcd4j.models.blocks;

import io.github.tcd4j.models.layers.Adapters;
import io.github.tcd4j.models.layers.Linear;
import io.github.tcd4j.models.layers.Weights;
import io.github.tcd4j.tensor.Functional;
import io.github.tcd4j.tensor.Tensor;

/** A gated layer of four times the width, GEGLU (Shazeer 2020): out(a * gelu(b)), [a b] = in(x). */
public record FeedForward(Linear in, Linear out) {
  /** Of that many channels. */
  public static FeedForward of(Weights w, long channels) {
    Weights net = w.at("net");
    return new FeedForward(
        Linear.of(net.at(0).at("proj"), channels, 8 * channels),
        Linear.of(net.at(2), 4 * channels, channels));
  }

  /** x (..., C) to the same shape. */
  public Tensor forward(Tensor x, Adapters adapters) {
    Tensor[] halves = in.forward(x, adapters).chunk(2, -1);
    return out.forward(halves[0].times(Functional.gelu(halves[1])), adapters);
  }
}
