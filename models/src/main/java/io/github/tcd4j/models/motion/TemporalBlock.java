package io.github.tcd4j.models.motion;

import io.github.tcd4j.models.blocks.FeedForward;
import io.github.tcd4j.models.layers.Adapters;
import io.github.tcd4j.models.layers.LayerNorm;
import io.github.tcd4j.models.layers.Weights;
import io.github.tcd4j.tensor.Scope;
import io.github.tcd4j.tensor.Tensor;
import java.util.Collections;
import java.util.List;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * Two self-attentions over frames and a feed-forward, each behind a normalisation and around a skip
 * connection. Only what the attentions see has the position in it (diffusers' {@code
 * BasicTransformerBlock} with two self-attentions):
 *
 * <pre>
 * h = x + attn1(norm1(x) + pe);  g = h + attn2(norm2(h) + pe);  y = g + ff(norm3(g))
 * </pre>
 */
record TemporalBlock(
    LayerNorm norm1,
    TemporalAttention attn1,
    LayerNorm norm2,
    TemporalAttention attn2,
    LayerNorm norm3,
    FeedForward feedForward,
    FramePositions positions) {
  private static final double EPS = 1e-5;

  static TemporalBlock of(Weights w, long channels, int heads, int frames) {
    return new TemporalBlock(
        LayerNorm.of(w.at("norm1"), channels, EPS),
        TemporalAttention.of(w.at("attn1"), channels, heads),
        LayerNorm.of(w.at("norm2"), channels, EPS),
        TemporalAttention.of(w.at("attn2"), channels, heads),
        LayerNorm.of(w.at("norm3"), channels, EPS),
        FeedForward.of(w.at("ff"), channels),
        FramePositions.of(w, channels, frames));
  }

  /**
   * x (N, F, C) to the same shape.
   *
   * @param windows of frames that the attentions see together; null for all
   */
  Tensor forward(Tensor x, @Nullable FrameWindows windows, Adapters a) {
    return Scope.result(
        () -> {
          Tensor g = Scope.result(() -> attended(x, windows, a));
          return g.plus(feedForward.forward(norm3.forward(g, a), a));
        });
  }

  private Tensor attended(Tensor x, @Nullable FrameWindows windows, Adapters a) {
    if (windows == null) {
      return attended(x, a);
    }
    int n = windows.starts(Math.toIntExact(x.size(1))).size();
    List<UnaryOperator<Tensor>> each = Collections.nCopies(n, window -> attended(window, a));
    return windows.average(x, 1, each);
  }

  private Tensor attended(Tensor x, Adapters a) {
    Tensor h = Scope.result(() -> x.plus(attn1.forward(positions.add(norm1.forward(x, a)), a)));
    return h.plus(attn2.forward(positions.add(norm2.forward(h, a)), a));
  }
}
