package io.github.tcd4j.models.motion;

import io.github.tcd4j.models.layers.Adapters;
import io.github.tcd4j.models.layers.Attention;
import io.github.tcd4j.models.layers.Linear;
import io.github.tcd4j.models.layers.Weights;
import io.github.tcd4j.tensor.Tensor;

/** Self-attention of the frames at one pixel. */
record TemporalAttention(Linear q, Linear k, Linear v, Linear out, int heads) {
  static TemporalAttention of(Weights w, long channels, int heads) {
    return new TemporalAttention(
        Linear.withoutBias(w.at("to_q"), channels, channels),
        Linear.withoutBias(w.at("to_k"), channels, channels),
        Linear.withoutBias(w.at("to_v"), channels, channels),
        Linear.of(w.at("to_out").at(0), channels, channels),
        heads);
  }

  /** x (N, F, C) to the same shape. */
  Tensor forward(Tensor x, Adapters a) {
    Tensor mixed =
        Attention.multiHead(q.forward(x, a), k.forward(x, a), v.forward(x, a), heads, false);
    return out.forward(mixed, a);
  }
}
