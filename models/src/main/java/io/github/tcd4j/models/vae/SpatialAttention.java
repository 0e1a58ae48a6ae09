package io.github.tcd4j.models.vae;

import io.github.tcd4j.models.layers.Adapters;
import io.github.tcd4j.models.layers.Attention;
import io.github.tcd4j.models.layers.GroupNorm;
import io.github.tcd4j.models.layers.Linear;
import io.github.tcd4j.models.layers.Weights;
import io.github.tcd4j.tensor.Scope;
import io.github.tcd4j.tensor.Tensor;

/** Self-attention of one head between the pixels of a feature map, around a skip connection. */
record SpatialAttention(GroupNorm norm, Linear q, Linear k, Linear v, Linear out) {
  static SpatialAttention of(Weights w, long channels, int groups) {
    // Files from before 2023 (those of Stable Diffusion 1.x among them) have the older names.
    boolean old = !w.has("to_q.weight") && w.has("query.weight");
    return new SpatialAttention(
        GroupNorm.of(w.at("group_norm"), groups, channels, VaeEncoder.EPS),
        Linear.of(w.at(old ? "query" : "to_q"), channels, channels),
        Linear.of(w.at(old ? "key" : "to_k"), channels, channels),
        Linear.of(w.at(old ? "value" : "to_v"), channels, channels),
        Linear.of(old ? w.at("proj_attn") : w.at("to_out").at(0), channels, channels));
  }

  /** x (B, C, H, W) to the same shape. */
  Tensor forward(Tensor x) {
    return Scope.result(() -> forwarded(x));
  }

  private Tensor forwarded(Tensor x) {
    long b = x.size(0);
    long c = x.size(1);
    long h = x.size(2);
    long w = x.size(3);
    Tensor rows = norm.forward(x).permute(0, 2, 3, 1).reshape(b, h * w, c);
    Tensor mixed =
        Attention.multiHead(
            q.forward(rows, Adapters.NONE),
            k.forward(rows, Adapters.NONE),
            v.forward(rows, Adapters.NONE),
            1,
            false);
    Tensor y = out.forward(mixed, Adapters.NONE).reshape(b, h, w, c).permute(0, 3, 1, 2);
    return x.plus(y);
  }
}
