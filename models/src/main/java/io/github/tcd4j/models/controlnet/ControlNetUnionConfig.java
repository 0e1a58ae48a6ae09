package io.github.tcd4j.models.controlnet;

import com.fasterxml.jackson.databind.JsonNode;
import io.github.tcd4j.models.config.ConfigException;
import io.github.tcd4j.models.config.ConfigFields;
import java.nio.file.Path;
import java.util.List;

/**
 * The shape of a {@link ControlNetUnionModel}; names and defaults are those of diffusers' {@code
 * config.json}.
 *
 * @param network encoder and hint embedding, as of a ControlNet for one kind of hint
 * @param types kinds of hints: 6, or 8 of the ProMax version
 * @param heads of the layers in which hints meet
 * @param layers number of these
 */
public record ControlNetUnionConfig(ControlNetConfig network, int types, int heads, int layers) {
  private static final String CLASS = "ControlNetUnionModel";
  private static final List<Integer> EMBEDDING = List.of(48, 96, 192, 384);
  private static final int HEADS = 8;

  public ControlNetUnionConfig {
    int channels = network.encoder().blockOutChannels().get(0);
    if (types < 1 || heads < 1 || layers < 0 || channels % heads != 0) {
      throw new ConfigException(
          ("num_control_type and num_trans_head must be at least 1, the latter a divisor of ")
              + (channels + ", but are " + types + " and " + heads));
    }
    if (!network.encoder().textTime()) {
      throw new ConfigException(
          "addition_embed_type of a ControlNet-union must be text_time, as of SDXL");
    }
  }

  public static ControlNetUnionConfig read(Path configJson) {
    return of(ConfigFields.read(configJson));
  }

  public static ControlNetUnionConfig of(JsonNode config) {
    return of(new ConfigFields("ControlNet-union config", config));
  }

  private static ControlNetUnionConfig of(ConfigFields f) {
    f.require("controlnet_conditioning_channel_order", "rgb");
    ControlNetConfig network = ControlNetConfig.of(f, CLASS, EMBEDDING);
    int channels = network.encoder().blockOutChannels().get(0);
    if (f.integer("num_trans_channel", 320) != channels
        || f.integer("num_proj_channel", 320) != channels) {
      throw new ConfigException(
          (f.origin() + ": num_trans_channel and num_proj_channel must be the first of")
              + (" block_out_channels, " + channels));
    }
    return new ControlNetUnionConfig(
        network,
        f.integer("num_control_type", 6),
        f.integer("num_trans_head", HEADS),
        f.integer("num_trans_layer", 1));
  }

  /** Of a file without a configuration, whose shapes say all but the heads. */
  static ControlNetUnionConfig of(ControlNetConfig network, int types, int layers) {
    return new ControlNetUnionConfig(network, types, HEADS, layers);
  }
}
