package io.github.tcd4j.models.motion;

import com.fasterxml.jackson.databind.JsonNode;
import io.github.tcd4j.models.config.ConfigException;
import io.github.tcd4j.models.config.ConfigFields;
import io.github.tcd4j.models.unet.UNet2DConditionConfig;
import java.nio.file.Path;
import java.util.List;

/**
 * The shape of a {@link MotionAdapter}; names and defaults are those of diffusers' {@code
 * config.json}. Lists have one entry per block, first to last in the order of the down blocks.
 *
 * @param blockOutChannels of the U-Net's blocks
 * @param layersPerBlock modules of each down block; up blocks have one more
 * @param transformerLayers transformer blocks of each module
 * @param heads attention heads
 * @param midBlock whether there is a module in the middle block
 * @param midTransformerLayers transformer blocks of that module
 * @param maxFrames frames that it knows positions for ({@code motion_max_seq_length})
 */
public record MotionAdapterConfig(
    List<Integer> blockOutChannels,
    List<Integer> layersPerBlock,
    List<Integer> transformerLayers,
    List<Integer> heads,
    boolean midBlock,
    int midTransformerLayers,
    int maxFrames) {

  public MotionAdapterConfig {
    blockOutChannels = positive("block_out_channels", blockOutChannels, blockOutChannels.size());
    int n = blockOutChannels.size();
    layersPerBlock = positive("motion_layers_per_block", layersPerBlock, n);
    transformerLayers = positive("motion_transformer_layers_per_block", transformerLayers, n);
    heads = positive("motion_num_attention_heads", heads, n);
    positive("motion_transformer_layers_per_mid_block", List.of(midTransformerLayers), 1);
    positive("motion_max_seq_length", List.of(maxFrames), 1);
    for (int i = 0; i < n; i++) {
      if (blockOutChannels.get(i) % heads.get(i) != 0 || blockOutChannels.get(i) % 2 != 0) {
        throw new ConfigException(
            ("motion_num_attention_heads must divide block_out_channels, which must be even, but ")
                + ("they are " + heads + " and " + blockOutChannels));
      }
    }
  }

  private static List<Integer> positive(String key, List<Integer> values, int n) {
    if (n < 1 || values.size() != n || values.stream().anyMatch(v -> v < 1)) {
      throw new ConfigException(
          key + " must have one number of at least 1 for each block but is " + values);
    }
    return List.copyOf(values);
  }

  public static MotionAdapterConfig read(Path configJson) {
    return of(ConfigFields.read(configJson));
  }

  public static MotionAdapterConfig of(JsonNode config) {
    return of(new ConfigFields("motion adapter config", config));
  }

  private static MotionAdapterConfig of(ConfigFields f) {
    f.requireUnquantized();
    String type = f.node().path("_class_name").asText("MotionAdapter");
    if (!type.equals("MotionAdapter")) {
      throw new ConfigException(
          (f.origin() + " is that of " + type + ", which is no motion adapter; use one of")
              + " AnimateDiff, whose config.json names MotionAdapter");
    }
    // Of PIA, whose first convolution sees a picture too.
    f.require("conv_in_channels");
    f.require("motion_mid_block_layers_per_block", 1);
    List<Integer> channels = f.integers("block_out_channels", 320, 640, 1280, 1280);
    int n = channels.size();
    return new MotionAdapterConfig(
        channels,
        f.integerOrList("motion_layers_per_block", n, 2),
        f.integerOrList("motion_transformer_layers_per_block", n, 1),
        f.integerOrList("motion_num_attention_heads", n, 8),
        f.flag("use_motion_mid_block", true),
        f.integerOrList("motion_transformer_layers_per_mid_block", 1, 1).get(0),
        f.integer("motion_max_seq_length", 32));
  }

  /**
   * Checks that there is a module behind each layer of a U-Net.
   *
   * @throws ConfigException if not
   */
  public void requireFits(UNet2DConditionConfig base) {
    same("blocks of channels", blockOutChannels, base.blockOutChannels());
    same("layers in each block", layersPerBlock, base.layersPerBlock());
    if (midBlock && !base.midBlock()) {
      throw new ConfigException(
          "it has a module for the middle block, which the model's U-Net has not; use one that was"
              + " trained for this model");
    }
  }

  private static void same(String what, List<Integer> own, List<Integer> base) {
    if (!own.equals(base)) {
      throw new ConfigException(
          ("it is for a U-Net with " + what + " " + own + " but the model's has " + base)
              + "; use one that was trained for this model");
    }
  }
}
