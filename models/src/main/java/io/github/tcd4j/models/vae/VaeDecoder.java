package io.github.tcd4j.models.vae;

import io.github.tcd4j.models.blocks.ResnetBlock;
import io.github.tcd4j.models.blocks.Upsample;
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

/** Latents to pixels: the encoder's mirror image with one more resnet in each block. */
record VaeDecoder(
    Conv2d convIn, VaeMidBlock mid, List<Block> blocks, GroupNorm convNormOut, Conv2d convOut) {

  /** Resnets at one resolution, then twice of it, except after the last. */
  record Block(List<ResnetBlock> resnets, @Nullable Upsample up) {
    static Block of(Weights w, long in, long out, boolean last, AutoencoderKLConfig config) {
      List<ResnetBlock> resnets = new ArrayList<>();
      int groups = config.normNumGroups();
      for (int j = 0; j <= config.layersPerBlock(); j++) {
        long from = j == 0 ? in : out;
        resnets.add(ResnetBlock.of(w.at("resnets").at(j), from, out, 0, groups, VaeEncoder.EPS, 1));
      }
      return new Block(resnets, last ? null : Upsample.of(w.at("upsamplers").at(0), out));
    }

    List<UnaryOperator<Tensor>> steps() {
      List<UnaryOperator<Tensor>> steps = new ArrayList<>();
      resnets.forEach(r -> steps.add(h -> r.forward(h, null, Adapters.NONE)));
      if (up != null) {
        steps.add(h -> up.forward(h, Adapters.NONE));
      }
      return steps;
    }
  }

  static VaeDecoder of(Weights w, AutoencoderKLConfig config) {
    List<Integer> channels = config.blockOutChannels();
    int n = channels.size();
    Conv2d convIn = Conv2d.same3x3(w.at("conv_in"), config.latentChannels(), config.lastChannels());
    VaeMidBlock mid = VaeMidBlock.of(w.at("mid_block"), config);
    List<Block> blocks = new ArrayList<>();
    for (int i = 0; i < n; i++) {
      long in = channels.get(Math.min(n - 1, n - i));
      long out = channels.get(n - 1 - i);
      blocks.add(Block.of(w.at("up_blocks").at(i), in, out, i == n - 1, config));
    }
    long c = channels.get(0);
    return new VaeDecoder(
        convIn,
        mid,
        blocks,
        GroupNorm.of(w.at("conv_norm_out"), config.normNumGroups(), c, VaeEncoder.EPS),
        Conv2d.same3x3(w.at("conv_out"), c, config.outChannels()));
  }

  /** (B, latents, h, w) to (B, out, h f, w f). */
  Tensor forward(Tensor z) {
    List<UnaryOperator<Tensor>> steps = new ArrayList<>();
    steps.add(h -> mid.forward(convIn.forward(h, Adapters.NONE)));
    blocks.forEach(block -> steps.addAll(block.steps()));
    steps.add(h -> Functional.silu(convNormOut.forward(h)));
    steps.add(h -> convOut.forward(h, Adapters.NONE));
    return Scope.inTurn(z, steps);
  }
}
