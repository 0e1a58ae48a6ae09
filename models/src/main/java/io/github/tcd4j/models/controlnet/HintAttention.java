package io.github.tcd4j.models.controlnet;

import io.github.tcd4j.models.layers.Adapters;
import io.github.tcd4j.models.layers.Attention;
import io.github.tcd4j.models.layers.Init;
import io.github.tcd4j.models.layers.LayerNorm;
import io.github.tcd4j.models.layers.Linear;
import io.github.tcd4j.models.layers.Weights;
import io.github.tcd4j.tensor.Functional;
import io.github.tcd4j.tensor.Tensor;
import java.util.Objects;

/**
 * A layer in which a ControlNet-union mixes its hints ({@code ResidualAttentionBlock}, with torch's
 * {@code MultiheadAttention}). In diffusers it attends across the rows of the batch, not across the
 * hints, and so it does here.
 *
 * @param in queries, keys and values, one after the other
 */
record HintAttention(
    Linear in,
    Linear out,
    LayerNorm norm1,
    LayerNorm norm2,
    Linear first,
    Linear second,
    int heads) {
  private static final double EPS = 1e-5;

  static HintAttention of(Weights w, int channels, int heads) {
    Weights attention = w.at("attn");
    Linear in =
        new Linear(
            attention.path() + ".in_proj",
            attention.get("in_proj_weight", Init.fan(channels), 3L * channels, channels),
            attention.get("in_proj_bias", Init.ZEROS, 3L * channels),
            w.arithmetic());
    return new HintAttention(
        in,
        Linear.of(attention.at("out_proj"), channels, channels),
        LayerNorm.of(w.at("ln_1"), channels, EPS),
        LayerNorm.of(w.at("ln_2"), channels, EPS),
        Linear.of(w.at("mlp").at("c_fc"), channels, 4L * channels),
        Linear.of(w.at("mlp").at("c_proj"), 4L * channels, channels),
        heads);
  }

  /** x (B, hints, C) to the same shape. */
  Tensor forward(Tensor x) {
    // Its bias is stored under a name of its own, and so in float32.
    Tensor bias = Objects.requireNonNull(in.bias()).to(in.arithmetic());
    Linear exact = new Linear(in.path(), in.weight(), bias, in.arithmetic());
    Tensor[] parts = exact.forward(norm1.forward(x), Adapters.NONE).transpose(0, 1).chunk(3, 2);
    Tensor mixed = Attention.multiHead(parts[0], parts[1], parts[2], heads, false);
    Tensor h = x.plus(out.forward(mixed.transpose(0, 1), Adapters.NONE));
    Tensor inner = Functional.quickGelu(first.forward(norm2.forward(h), Adapters.NONE));
    return h.plus(second.forward(inner, Adapters.NONE));
  }
}
