package io.github.tcd4j.models.unet;

import io.github.tcd4j.models.layers.Adapters;
import io.github.tcd4j.models.layers.Attention;
import io.github.tcd4j.models.layers.Linear;
import io.github.tcd4j.models.layers.Weights;
import io.github.tcd4j.tensor.Tensor;

/**
 * Multi-head attention with projections without bias, from rows to rows of another sequence.
 *
 * @param upcast whether scores, softmax and sums are float32 whatever the projections compute in
 */
record CrossAttention(Linear q, Linear k, Linear v, Linear out, int heads, boolean upcast) {
  /** What is looked at, split into heads; of a prompt the same over all steps. */
  record KeyValue(Tensor key, Tensor value) {}

  static CrossAttention of(Weights w, long channels, long context, int heads, boolean upcast) {
    return new CrossAttention(
        Linear.withoutBias(w.at("to_q"), channels, channels),
        Linear.withoutBias(w.at("to_k"), context, channels),
        Linear.withoutBias(w.at("to_v"), context, channels),
        Linear.of(w.at("to_out").at(0), channels, channels),
        heads,
        upcast);
  }

  /** Context (B, M, C') to keys and values (B, heads, M, C / heads). */
  KeyValue keyValues(Tensor context, Adapters adapters) {
    return new KeyValue(
        Attention.heads(k.forward(context, adapters), heads, upcast),
        Attention.heads(v.forward(context, adapters), heads, upcast));
  }

  /** x (B, L, C) to (B, L, C). */
  Tensor forward(Tensor x, KeyValue seen, Adapters adapters) {
    Tensor query = Attention.heads(q.forward(x, adapters), heads, upcast);
    return out.forward(Attention.mix(query, seen.key(), seen.value(), false), adapters);
  }
}
