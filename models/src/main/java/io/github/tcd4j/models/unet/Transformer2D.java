package io.github.tcd4j.models.unet;

import io.github.tcd4j.models.layers.Adapters;
import io.github.tcd4j.models.layers.Conv2d;
import io.github.tcd4j.models.layers.GroupNorm;
import io.github.tcd4j.models.layers.Linear;
import io.github.tcd4j.models.layers.Weights;
import io.github.tcd4j.tensor.Scope;
import io.github.tcd4j.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;

/**
 * Transformer blocks over the pixels of a feature map, around a skip connection (diffusers' {@code
 * Transformer2DModel}). With channels innermost in memory, a feature map is a sequence of pixels as
 * it stands.
 */
record Transformer2D(GroupNorm norm, Projection in, List<TransformerBlock> blocks, Projection out) {
  private static final double EPS = 1e-6;

  /** A linear map of the channels of every pixel, stored as a linear layer or a convolution. */
  private interface Projection {
    /** x (B, C, H, W) to the same shape. */
    Tensor forward(Tensor x, Adapters adapters);

    static Projection of(Weights w, long channels, boolean linear) {
      if (linear) {
        Linear layer = Linear.of(w, channels, channels);
        return (x, adapters) -> layer.forward(x.permute(0, 2, 3, 1), adapters).permute(0, 3, 1, 2);
      }
      return Conv2d.of(w, channels, channels, 1, 1, 0)::forward;
    }
  }

  static Transformer2D of(Weights w, BlockSpec level, UNet2DConditionConfig config) {
    long channels = level.channels();
    boolean linear = config.useLinearProjection();
    GroupNorm norm = GroupNorm.of(w.at("norm"), config.normNumGroups(), channels, EPS);
    Projection in = Projection.of(w.at("proj_in"), channels, linear);
    List<TransformerBlock> blocks = new ArrayList<>();
    for (int i = 0; i < level.depth(); i++) {
      Weights block = w.at("transformer_blocks").at(i);
      blocks.add(TransformerBlock.of(block, level, config.upcastAttention()));
    }
    return new Transformer2D(norm, in, blocks, Projection.of(w.at("proj_out"), channels, linear));
  }

  /** x (B, C, H, W) to the same shape. */
  Tensor forward(Tensor x, TextKeyValues seen, Adapters adapters) {
    return Scope.result(() -> forwarded(x, seen, adapters));
  }

  private Tensor forwarded(Tensor x, TextKeyValues seen, Adapters adapters) {
    long b = x.size(0);
    long c = x.size(1);
    long h = x.size(2);
    long w = x.size(3);
    Tensor rows =
        in.forward(norm.forward(x, adapters), adapters).permute(0, 2, 3, 1).reshape(b, h * w, c);
    for (TransformerBlock block : blocks) {
      rows = block.forward(rows, seen, adapters);
    }
    return x.plus(out.forward(rows.reshape(b, h, w, c).permute(0, 3, 1, 2), adapters));
  }
}
