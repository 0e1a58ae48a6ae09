package io.github.tcd4j.models.unet;

import io.github.tcd4j.models.blocks.Downsample;
import io.github.tcd4j.models.blocks.ResnetBlock;
import io.github.tcd4j.models.layers.Adapters;
import io.github.tcd4j.models.layers.Weights;
import io.github.tcd4j.tensor.Scope;
import io.github.tcd4j.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Resnets, each followed by a transformer where the block attends to the text, then half the
 * resolution (diffusers' {@code DownBlock2D} and {@code CrossAttnDownBlock2D}).
 */
record DownBlock(
    List<ResnetBlock> resnets, List<Transformer2D> attentions, @Nullable Downsample down) {

  static DownBlock of(Weights w, long in, BlockSpec level, boolean last, UNet2DConditionConfig c) {
    long out = level.channels();
    List<ResnetBlock> resnets = new ArrayList<>();
    List<Transformer2D> attentions = new ArrayList<>();
    for (int j = 0; j < level.layers(); j++) {
      resnets.add(c.resnet(w.at("resnets").at(j), j == 0 ? in : out, out, 1));
      if (level.down()) {
        attentions.add(c.transformer(w.at("attentions").at(j), level));
      }
    }
    Downsample down =
        last ? null : Downsample.of(w.at("downsamplers").at(0), out, c.downsamplePadding());
    return new DownBlock(resnets, attentions, down);
  }

  /**
   * Adds what the up blocks will need at the end of {@code skips}.
   *
   * @param inserted layers of another network behind each of its own
   * @param added a T2I-Adapter's feature; null for none. In a block that attends to the text it is
   *     added before the downsampler, in any other to the block's output; in diffusers that output
   *     is the last skip connection itself, which therefore changes too
   */
  Tensor forward(
      Tensor x,
      Tensor time,
      TextKeyValues seen,
      InsertedLayers.InBlock inserted,
      List<Tensor> skips,
      @Nullable Tensor added,
      Adapters adapters) {
    Tensor h = x;
    for (int j = 0; j < resnets.size(); j++) {
      h = layer(j, h, time, seen, inserted, adapters);
      boolean last = j == resnets.size() - 1;
      if (added != null && last && (!attentions.isEmpty() || down == null)) {
        h = h.plus(added);
      }
      skips.add(h);
    }
    if (down != null) {
      h = down.forward(h, adapters);
      if (added != null && attentions.isEmpty()) {
        h = h.plus(added);
      }
      skips.add(h);
    }
    return h;
  }

  private Tensor layer(
      int j,
      Tensor x,
      Tensor time,
      TextKeyValues seen,
      InsertedLayers.InBlock inserted,
      Adapters adapters) {
    return Scope.result(
        () -> {
          Tensor h = resnets.get(j).forward(x, time, adapters);
          if (!attentions.isEmpty()) {
            h = attentions.get(j).forward(h, seen, adapters);
          }
          return inserted.after(j, h);
        });
  }
}
