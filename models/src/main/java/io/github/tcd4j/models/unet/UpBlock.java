package io.github.tcd4j.models.unet;

import io.github.tcd4j.models.blocks.ResnetBlock;
import io.github.tcd4j.models.blocks.Upsample;
import io.github.tcd4j.models.layers.Adapters;
import io.github.tcd4j.models.layers.Weights;
import io.github.tcd4j.tensor.Scope;
import io.github.tcd4j.tensor.Tensor;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Resnets that take in one skip connection each, each followed by a transformer where the block
 * attends to the text, then twice the resolution (diffusers' {@code UpBlock2D} and {@code
 * CrossAttnUpBlock2D}).
 */
record UpBlock(List<ResnetBlock> resnets, List<Transformer2D> attentions, @Nullable Upsample up) {

  /**
   * @param previous channels that come from below
   * @param lastSkip channels of the last skip connection, made by the level above this one
   */
  static UpBlock of(
      Weights w,
      long previous,
      BlockSpec level,
      long lastSkip,
      boolean last,
      UNet2DConditionConfig c) {
    long out = level.channels();
    List<ResnetBlock> resnets = new ArrayList<>();
    List<Transformer2D> attentions = new ArrayList<>();
    for (int j = 0; j <= level.layers(); j++) {
      long in = (j == 0 ? previous : out) + (j == level.layers() ? lastSkip : out);
      resnets.add(c.resnet(w.at("resnets").at(j), in, out, 1));
      if (level.up()) {
        attentions.add(c.transformer(w.at("attentions").at(j), level));
      }
    }
    Upsample up = last ? null : Upsample.of(w.at("upsamplers").at(0), out);
    return new UpBlock(resnets, attentions, up);
  }

  /**
   * Pops its skip connections; enlarges to the size of the next, which may be odd.
   *
   * @param inserted layers of another network behind each of its own
   */
  Tensor forward(
      Tensor x,
      Tensor time,
      TextKeyValues seen,
      InsertedLayers.InBlock inserted,
      ArrayDeque<Tensor> skips,
      Adapters adapters) {
    Tensor h = x;
    for (int j = 0; j < resnets.size(); j++) {
      h = layer(j, h, skips.pop(), time, seen, inserted, adapters);
    }
    if (up == null) {
      return h;
    }
    Tensor next = skips.element();
    return up.forward(h, next.size(2), next.size(3), adapters);
  }

  private Tensor layer(
      int j,
      Tensor x,
      Tensor skip,
      Tensor time,
      TextKeyValues seen,
      InsertedLayers.InBlock inserted,
      Adapters adapters) {
    return Scope.result(
        () -> {
          Tensor h = resnets.get(j).forward(Tensor.cat(1, x, skip), time, adapters);
          if (!attentions.isEmpty()) {
            h = attentions.get(j).forward(h, seen, adapters);
          }
          return inserted.after(j, h);
        });
  }
}
