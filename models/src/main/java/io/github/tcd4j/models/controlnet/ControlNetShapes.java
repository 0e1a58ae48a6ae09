package io.github.tcd4j.models.controlnet;

import io.github.tcd4j.models.config.ConfigException;
import io.github.tcd4j.models.files.CheckpointShapes;
import io.github.tcd4j.models.unet.UNet2DConditionConfig;
import io.github.tcd4j.models.unet.UNetBlocksConfig;
import io.github.tcd4j.models.unet.UNetTimeConfig;
import io.github.tcd4j.tensor.file.TensorFile;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/** A ControlNet's configuration from the shapes of its tensors and from the base model's U-Net. */
final class ControlNetShapes {
  private static final String EMBEDDING = "controlnet_cond_embedding.";
  private static final String MID = "mid_block.attentions.0.norm.weight";

  private ControlNetShapes() {}

  /**
   * @param file under diffusers' names
   * @throws ConfigException if the base's U-Net has another number of blocks or layers
   */
  static ControlNetConfig config(TensorFile file, UNet2DConditionConfig base) {
    CheckpointShapes s = new CheckpointShapes(file, "");
    int n = s.count("down_blocks.", ".resnets.0.conv1.weight");
    List<Integer> channels = new ArrayList<>();
    List<Integer> layers = new ArrayList<>();
    List<Integer> depths = new ArrayList<>();
    List<Boolean> down = new ArrayList<>();
    List<Integer> context = new ArrayList<>();
    for (int b = 0; b < n; b++) {
      channels.add(s.size("down_blocks." + b + ".resnets.0.conv1.weight", 0));
    }
    ControlNetConfig.requireSame("blocks", channels, base.blockOutChannels());
    for (int b = 0; b < n; b++) {
      String block = "down_blocks." + b + ".";
      String blocks = block + "attentions.0.transformer_blocks.";
      layers.add(s.count(block + "resnets.", ".conv1.weight"));
      down.add(s.has(block + "attentions.0.norm.weight"));
      depths.add(s.count(blocks, ".norm1.weight"));
      String text = blocks + "0.attn2.to_k.weight";
      context.add(s.has(text) ? s.size(text, 1) : base.crossAttentionDim().get(b));
    }
    if (s.has(MID)) {
      // Where the last block has no attention, the middle block alone says how deep it is.
      depths.set(n - 1, s.count("mid_block.attentions.0.transformer_blocks.", ".norm1.weight"));
    }
    boolean sizes = s.has("add_embedding.linear_1.weight");
    List<Boolean> up = new ArrayList<>(down);
    Collections.reverse(up);
    String projection = s.has(MID) ? "mid_block.attentions.0.proj_in.weight" : projection(down);
    UNetTimeConfig time = base.time().alone();
    UNet2DConditionConfig encoder =
        new UNet2DConditionConfig(
            base.sampleSize(),
            s.size("conv_in.weight", 1),
            s.size("conv_in.weight", 1),
            sizes
                ? time.withTextTime(
                    base.additionTimeEmbedDim(), s.size("add_embedding.linear_1.weight", 1))
                : time,
            new UNetBlocksConfig(down, up, channels, layers, depths, base.heads(), context),
            projection.isEmpty() ? base.useLinearProjection() : s.dimensions(projection) == 2,
            base.upcastAttention(),
            base.downsamplePadding(),
            base.midBlockScaleFactor(),
            base.normNumGroups(),
            base.normEps(),
            s.size("conv_in.weight", 2),
            3);
    return new ControlNetConfig(
        encoder, s.has(MID), s.size(EMBEDDING + "conv_in.weight", 1), embedding(s), false, false);
  }

  private static String projection(List<Boolean> down) {
    int b = down.indexOf(true);
    return b < 0 ? "" : "down_blocks." + b + ".attentions.0.proj_in.weight";
  }

  private static List<Integer> embedding(CheckpointShapes s) {
    List<Integer> channels = new ArrayList<>();
    channels.add(s.size(EMBEDDING + "conv_in.weight", 0));
    int blocks = s.count(EMBEDDING + "blocks.", ".weight");
    for (int i = 1; i < blocks; i += 2) {
      channels.add(s.size(EMBEDDING + "blocks." + i + ".weight", 0));
    }
    return channels;
  }
}
