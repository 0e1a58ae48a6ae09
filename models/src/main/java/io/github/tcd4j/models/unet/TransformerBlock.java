package io.github.tcd4j.models.unet;

import io.github.tcd4j.models.blocks.FeedForward;
import io.github.tcd4j.models.layers.Adapters;
import io.github.tcd4j.models.layers.LayerNorm;
import io.github.tcd4j.models.layers.Weights;
import io.github.tcd4j.tensor.Scope;
import io.github.tcd4j.tensor.Tensor;

/**
 * Self-attention, attention to the text, feed-forward, each behind a normalisation and around a
 * skip connection (diffusers' {@code BasicTransformerBlock}).
 *
 * @param self attends to the text as well where {@code textOnly}
 */
record TransformerBlock(
    LayerNorm norm1,
    CrossAttention self,
    LayerNorm norm2,
    CrossAttention text,
    LayerNorm norm3,
    FeedForward feedForward,
    boolean textOnly) {
  private static final double EPS = 1e-5;

  static TransformerBlock of(Weights w, BlockSpec level, boolean upcastAttention) {
    long channels = level.channels();
    long context = level.context();
    int heads = level.heads();
    long first = level.textOnly() ? context : channels;
    return new TransformerBlock(
        LayerNorm.of(w.at("norm1"), channels, EPS),
        CrossAttention.of(w.at("attn1"), channels, first, heads, upcastAttention),
        LayerNorm.of(w.at("norm2"), channels, EPS),
        CrossAttention.of(w.at("attn2"), channels, context, heads, upcastAttention),
        LayerNorm.of(w.at("norm3"), channels, EPS),
        FeedForward.of(w.at("ff"), channels),
        level.textOnly());
  }

  /** x (B, L, C) to the same shape. */
  Tensor forward(Tensor x, TextKeyValues seen, Adapters a) {
    return Scope.result(
        () -> {
          Tensor h = Scope.result(() -> x.plus(selfAttention(norm1.forward(x, a), seen, a)));
          Tensor g =
              Scope.result(() -> h.plus(text.forward(norm2.forward(h, a), seen.by(text), a)));
          return g.plus(feedForward.forward(norm3.forward(g, a), a));
        });
  }

  private Tensor selfAttention(Tensor x, TextKeyValues seen, Adapters adapters) {
    return self.forward(x, textOnly ? seen.by(self) : self.keyValues(x, adapters), adapters);
  }
}
