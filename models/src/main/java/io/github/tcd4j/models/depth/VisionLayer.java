package io.github.tcd4j.models.depth;

import io.github.tcd4j.models.layers.Adapters;
import io.github.tcd4j.models.layers.Attention;
import io.github.tcd4j.models.layers.Init;
import io.github.tcd4j.models.layers.LayerNorm;
import io.github.tcd4j.models.layers.Linear;
import io.github.tcd4j.models.layers.Weights;
import io.github.tcd4j.tensor.Functional;
import io.github.tcd4j.tensor.Scope;
import io.github.tcd4j.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * One layer of a vision transformer, norms before attention and feed-forward, GELU between its two
 * linear layers.
 *
 * @param scale1 (C), factor on what attention adds; null for 1
 * @param scale2 (C), factor on what the feed-forward layers add; null for 1
 */
record VisionLayer(
    LayerNorm norm1,
    Linear query,
    Linear key,
    Linear value,
    Linear out,
    @Nullable Tensor scale1,
    LayerNorm norm2,
    Linear fc1,
    Linear fc2,
    @Nullable Tensor scale2,
    int heads) {
  /** Under DINOv2's names, those of published files and those of transformers 5's own module. */
  static VisionLayer dinov2(Weights w, TransformerShape s) {
    Weights attention = w.at("attention");
    Weights stored = attention.at("attention");
    boolean published = stored.at("query").has("weight");
    Weights out = attention.at("output").at("dense");
    return new VisionLayer(
        LayerNorm.of(w.at("norm1"), s.width(), s.eps()),
        s.projection(published ? stored.at("query") : attention.at("q_proj")),
        s.projection(published ? stored.at("key") : attention.at("k_proj")),
        s.projection(published ? stored.at("value") : attention.at("v_proj")),
        Linear.of(out.has("weight") ? out : attention.at("o_proj"), s.width(), s.width()),
        w.at("layer_scale1").get("lambda1", Init.ONES, s.width()),
        LayerNorm.of(w.at("norm2"), s.width(), s.eps()),
        Linear.of(w.at("mlp").at("fc1"), s.width(), s.inner()),
        Linear.of(w.at("mlp").at("fc2"), s.inner(), s.width()),
        w.at("layer_scale2").get("lambda1", Init.ONES, s.width()),
        s.heads());
  }

  /** Under the names of transformers' ViT. */
  static VisionLayer vit(Weights w, TransformerShape s) {
    Weights attention = w.at("attention").at("attention");
    return new VisionLayer(
        LayerNorm.of(w.at("layernorm_before"), s.width(), s.eps()),
        s.projection(attention.at("query")),
        s.projection(attention.at("key")),
        s.projection(attention.at("value")),
        Linear.of(w.at("attention").at("output").at("dense"), s.width(), s.width()),
        null,
        LayerNorm.of(w.at("layernorm_after"), s.width(), s.eps()),
        Linear.of(w.at("intermediate").at("dense"), s.width(), s.inner()),
        Linear.of(w.at("output").at("dense"), s.inner(), s.width()),
        null,
        s.heads());
  }

  /** x (B, L, C) to the same shape. */
  Tensor forward(Tensor x) {
    return Scope.result(
        () -> {
          Tensor h = Scope.result(() -> x.plus(scaled(attention(norm1.forward(x)), scale1)));
          Tensor inner = Functional.gelu(fc1.forward(norm2.forward(h), Adapters.NONE));
          return h.plus(scaled(fc2.forward(inner, Adapters.NONE), scale2));
        });
  }

  private Tensor attention(Tensor x) {
    Tensor q = query.forward(x, Adapters.NONE);
    Tensor k = key.forward(x, Adapters.NONE);
    Tensor v = value.forward(x, Adapters.NONE);
    return out.forward(Attention.multiHead(q, k, v, heads, false), Adapters.NONE);
  }

  private static Tensor scaled(Tensor x, @Nullable Tensor scale) {
    return scale == null ? x : x.times(scale);
  }
}
