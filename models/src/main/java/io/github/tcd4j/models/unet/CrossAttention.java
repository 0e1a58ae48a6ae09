package io.github.tcd4j.models.unet;

import io.github.tcd4j.models.layers.Adapters;
import io.github.tcd4j.models.layers.Attention;
import io.github.tcd4j.models.layers.Linear;
import io.github.tcd4j.models.layers.Weights;
import io.github.tcd4j.tensor.Tensor;
import java.util.List;

/**
 * Multi-head attention with projections without bias, from rows to rows of another sequence.
 *
 * @param upcast whether scores, softmax and sums are float32 whatever the projections compute in
 */
record CrossAttention(Linear q, Linear k, Linear v, Linear out, int heads, boolean upcast) {
  /**
   * What is attended to, split into heads; of a prompt the same over all steps.
   *
   * @param images keys and values of picture prompts, next to those of the text
   */
  record KeyValue(Tensor key, Tensor value, List<ImagePrompts.Branch> images) {
    KeyValue(Tensor key, Tensor value) {
      this(key, value, List.of());
    }
  }

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

  /** The same with keys and values of picture prompts, which are split into heads here. */
  KeyValue keyValues(Tensor context, List<ImagePrompts.Branch> images, Adapters adapters) {
    KeyValue text = keyValues(context, adapters);
    List<ImagePrompts.Branch> split = images.stream().map(b -> b.inHeads(heads, upcast)).toList();
    return new KeyValue(text.key(), text.value(), split);
  }

  /**
   * x (B, L, C) to (B, L, C).
   *
   * @param seen of B rows, or of fewer, each for as many rows of x that follow each other: these
   *     are one long sequence then, since no position depends on another
   */
  Tensor forward(Tensor x, KeyValue seen, Adapters adapters) {
    long rows = seen.key().size(0);
    Tensor projected = q.forward(x, adapters).reshape(rows, -1, x.size(2));
    Tensor query = Attention.heads(projected, heads, upcast);
    Tensor mixed = Attention.mix(query, seen.key(), seen.value(), false);
    for (ImagePrompts.Branch image : seen.images()) {
      mixed = mixed.plus(image.mix(query, x.size(1)));
    }
    return out.forward(mixed.reshape(x.shape()), adapters);
  }
}
