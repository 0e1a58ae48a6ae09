package io.github.tcd4j.models.vae;

import io.github.tcd4j.models.blocks.Downsample;
import io.github.tcd4j.models.blocks.ResnetBlock;
import io.github.tcd4j.models.layers.Adapters;
import io.github.tcd4j.models.layers.Conv2d;
import io.github.tcd4j.models.layers.GroupNorm;
import io.github.tcd4j.models.layers.Weights;
import io.github.tcd4j.tensor.Functional;
import io.github.tcd4j.tensor.Scope;
import io.github.tcd4j.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/** Pixels to the moments of latents. */
record VaeEncoder(
    Conv2d convIn, List<Block> blocks, VaeMidBlock mid, GroupNorm convNormOut, Conv2d convOut) {
  /** What all normalisations of the autoencoder add to the variance. */
  static final double EPS = 1e-6;

  /** Resnets at one resolution, then half of it, except after the last. */
  record Block(List<ResnetBlock> resnets, @Nullable Downsample down) {
    static Block of(Weights w, long in, long out, boolean last, AutoencoderKLConfig config) {
      List<ResnetBlock> resnets = new ArrayList<>();
      for (int j = 0; j < config.layersPerBlock(); j++) {
        long from = j == 0 ? in : out;
        resnets.add(
            ResnetBlock.of(w.at("resnets").at(j), from, out, 0, config.normNumGroups(), EPS, 1));
      }
      return new Block(resnets, last ? null : Downsample.of(w.at("downsamplers").at(0), out, 0));
    }

    List<UnaryOperator<Tensor>> steps() {
      List<UnaryOperator<Tensor>> steps = new ArrayList<>();
      resnets.forEach(r -> steps.add(h -> r.forward(h, null, Adapters.NONE)));
      if (down != null) {
        steps.add(h -> down.forward(h, Adapters.NONE));
      }
      return steps;
    }
  }

  static VaeEncoder of(Weights w, AutoencoderKLConfig config) {
    List<Integer> channels = config.blockOutChannels();
    Conv2d convIn = Conv2d.same3x3(w.at("conv_in"), config.inChannels(), channels.get(0));
    List<Block> blocks = new ArrayList<>();
    for (int i = 0; i < channels.size(); i++) {
      long in = channels.get(Math.max(0, i - 1));
      boolean last = i == channels.size() - 1;
      blocks.add(Block.of(w.at("down_blocks").at(i), in, channels.get(i), last, config));
    }
    long c = config.lastChannels();
    return new VaeEncoder(
        convIn,
        blocks,
        VaeMidBlock.of(w.at("mid_block"), config),
        GroupNorm.of(w.at("conv_norm_out"), config.normNumGroups(), c, EPS),
        Conv2d.same3x3(w.at("conv_out"), c, 2L * config.latentChannels()));
  }

  /** (B, in, H, W) to (B, 2 latents, H/f, W/f). */
  Tensor forward(Tensor pixels) {
    List<UnaryOperator<Tensor>> steps = new ArrayList<>();
    steps.add(h -> convIn.forward(h, Adapters.NONE));
    blocks.forEach(block -> steps.addAll(block.steps()));
    steps.add(mid::forward);
    steps.add(h -> Functional.silu(convNormOut.forward(h)));
    steps.add(h -> convOut.forward(h, Adapters.NONE));
    return Scope.inTurn(pixels, steps);
  }
}
