package io.github.tcd4j.models.unet;

import io.github.tcd4j.models.blocks.ResnetBlock;
import io.github.tcd4j.models.layers.Adapters;
import io.github.tcd4j.models.layers.Weights;
import io.github.tcd4j.tensor.Tensor;

/** Resnet, transformer, resnet at the lowest resolution ({@code UNetMidBlock2DCrossAttn}). */
record MidBlock(ResnetBlock before, Transformer2D attention, ResnetBlock after) {
  static MidBlock of(Weights w, BlockSpec level, UNet2DConditionConfig c) {
    long n = level.channels();
    double scale = c.midBlockScaleFactor();
    return new MidBlock(
        c.resnet(w.at("resnets").at(0), n, n, scale),
        c.transformer(w.at("attentions").at(0), level),
        c.resnet(w.at("resnets").at(1), n, n, scale));
  }

  Tensor forward(Tensor x, Tensor time, TextKeyValues seen, Adapters adapters) {
    Tensor h = attention.forward(before.forward(x, time, adapters), seen, adapters);
    return after.forward(h, time, adapters);
  }
}
