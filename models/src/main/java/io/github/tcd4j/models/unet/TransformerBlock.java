package io.github.tcd4j.models.unet;

import io.github.tcd4j.models.layers.Adapters;
import io.github.tcd4j.models.layers.LayerNorm;
import io.github.tcd4j.models.layers.Weights;
import io.github.tcd4j.tensor.Tensor;

/**
 * Self-attention, attention to the text, feed-forward, each behind a normalisation and around a
 * skip connection (diffusers' {@code BasicTransformerBlock}).
 */
record TransformerBlock(
    LayerNorm norm1,
    CrossAttention self,
    LayerNorm norm2,
    CrossAttention text,
    LayerNorm norm3,
    FeedForward feedForward) {
  private static final double EPS = 1e-5;

  static TransformerBlock of(Weights w, long channels, long context, int heads) {
    return new TransformerBlock(
        LayerNorm.of(w.at("norm1"), channels, EPS),
        CrossAttention.of(w.at("attn1"), channels, channels, heads),
        LayerNorm.of(w.at("norm2"), channels, EPS),
        CrossAttention.of(w.at("attn2"), channels, context, heads),
        LayerNorm.of(w.at("norm3"), channels, EPS),
        FeedForward.of(w.at("ff"), channels));
  }

  /** x (B, L, C) and tokens (B, M, C') to (B, L, C). */
  Tensor forward(Tensor x, Tensor tokens, Adapters adapters) {
    Tensor n = norm1.forward(x);
    Tensor h = x.plus(self.forward(n, self.look(n, adapters), adapters));
    h = h.plus(text.forward(norm2.forward(h), text.look(tokens, adapters), adapters));
    return h.plus(feedForward.forward(norm3.forward(h), adapters));
  }
}
