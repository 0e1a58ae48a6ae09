package io.github.tcd4j.models.vae;

import io.github.tcd4j.models.blocks.ResnetBlock;
import io.github.tcd4j.models.layers.Adapters;
import io.github.tcd4j.models.layers.Weights;
import io.github.tcd4j.tensor.Scope;
import io.github.tcd4j.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/** Resnet, attention where the configuration has it, resnet, at the lowest resolution. */
record VaeMidBlock(ResnetBlock before, @Nullable SpatialAttention attention, ResnetBlock after) {
  static VaeMidBlock of(Weights w, AutoencoderKLConfig config) {
    long c = config.lastChannels();
    int groups = config.normNumGroups();
    return new VaeMidBlock(
        ResnetBlock.of(w.at("resnets").at(0), c, c, 0, groups, VaeEncoder.EPS, 1),
        config.midBlockAddAttention()
            ? SpatialAttention.of(w.at("attentions").at(0), c, groups)
            : null,
        ResnetBlock.of(w.at("resnets").at(1), c, c, 0, groups, VaeEncoder.EPS, 1));
  }

  Tensor forward(Tensor x) {
    return Scope.result(
        () -> {
          Tensor h = before.forward(x, null, Adapters.NONE);
          return after.forward(attention == null ? h : attention.forward(h), null, Adapters.NONE);
        });
  }
}
