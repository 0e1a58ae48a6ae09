package io.github.tcd4j.models.unet;

import io.github.tcd4j.models.blocks.ResnetBlock;
import io.github.tcd4j.models.layers.Adapters;
import io.github.tcd4j.models.layers.Weights;
import io.github.tcd4j.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * Resnet, transformer, resnet at the lowest resolution ({@code UNetMidBlock2DCrossAttn}); or the
 * first resnet alone, in the smallest ControlNets of SDXL ({@code UNetMidBlock2D}).
 */
record MidBlock(
    ResnetBlock before, @Nullable Transformer2D attention, @Nullable ResnetBlock after) {
  static MidBlock of(Weights w, BlockSpec level, UNet2DConditionConfig c) {
    long n = level.channels();
    double scale = c.midBlockScaleFactor();
    return new MidBlock(
        c.resnet(w.at("resnets").at(0), n, n, scale),
        c.transformer(w.at("attentions").at(0), level.withSelfAttention()),
        c.resnet(w.at("resnets").at(1), n, n, scale));
  }

  /** The first resnet alone. */
  static MidBlock plain(Weights w, BlockSpec level, UNet2DConditionConfig c) {
    long n = level.channels();
    ResnetBlock only = c.resnet(w.at("resnets").at(0), n, n, c.midBlockScaleFactor());
    return new MidBlock(only, null, null);
  }

  /**
   * x (B, C, H, W) to the same shape.
   *
   * @param inserted a layer of another network behind the transformer
   */
  Tensor forward(
      Tensor x, Tensor time, TextKeyValues seen, InsertedLayers inserted, Adapters adapters) {
    Tensor h = before.forward(x, time, adapters);
    if (attention != null) {
      h = attention.forward(h, seen, adapters);
    }
    h = inserted.middle(h);
    return after == null ? h : after.forward(h, time, adapters);
  }
}
