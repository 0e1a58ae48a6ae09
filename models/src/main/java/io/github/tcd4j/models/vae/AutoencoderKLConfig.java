package io.github.tcd4j.models.vae;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.tcd4j.models.config.ConfigException;
import io.github.tcd4j.models.config.ConfigFields;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;

/**
 * The shape of an {@link AutoencoderKL}; names and defaults are those of diffusers' {@code
 * config.json}.
 *
 * @param blockOutChannels channels of each block, first to last; sizes halve between two blocks
 * @param layersPerBlock resnets in a block of the encoder; the decoder has one more
 * @param normNumGroups groups of the normalisations; must divide all channels
 * @param sampleSize the picture size it was trained for, not a limit
 * @param scalingFactor what latents are multiplied by before diffusion
 * @param forceUpcast whether it overflows float16. Also true where a file leaves it out, so that it
 *     means something only where diffusers' pipelines obey it: SDXL's and the upscaler's
 */
public record AutoencoderKLConfig(
    int inChannels,
    int outChannels,
    List<Integer> blockOutChannels,
    int layersPerBlock,
    int latentChannels,
    int normNumGroups,
    int sampleSize,
    double scalingFactor,
    boolean forceUpcast,
    boolean useQuantConv,
    boolean usePostQuantConv,
    boolean midBlockAddAttention)
    implements AutoencoderConfig {
  /** The class of diffusers. */
  public static final String CLASS = "AutoencoderKL";

  private static final String DOWN = "DownEncoderBlock2D";
  private static final String UP = "UpDecoderBlock2D";

  public AutoencoderKLConfig {
    blockOutChannels = List.copyOf(blockOutChannels);
    if (blockOutChannels.isEmpty()) {
      throw new ConfigException("block_out_channels must not be empty");
    }
    for (int c : blockOutChannels) {
      if (c < 1 || normNumGroups < 1 || c % normNumGroups != 0) {
        throw new ConfigException(
            "block_out_channels must be multiples of norm_num_groups but are "
                + blockOutChannels
                + " with norm_num_groups "
                + normNumGroups);
      }
    }
    if (inChannels < 1 || outChannels < 1 || latentChannels < 1 || layersPerBlock < 1) {
      throw new ConfigException(
          "in_channels, out_channels, latent_channels and layers_per_block must be at least 1 but"
              + (" are " + inChannels + ", " + outChannels + ", " + latentChannels + " and ")
              + layersPerBlock);
    }
    if (!(scalingFactor > 0)) {
      throw new ConfigException("scaling_factor must be positive but is " + scalingFactor);
    }
  }

  public static AutoencoderKLConfig read(Path configJson) {
    return of(ConfigFields.read(configJson));
  }

  public static AutoencoderKLConfig of(JsonNode config) {
    return of(new ConfigFields("autoencoder config", config));
  }

  private static AutoencoderKLConfig of(ConfigFields f) {
    f.requireUnquantized();
    f.require("_class_name", CLASS);
    f.require("act_fn", "silu", "swish");
    f.require("shift_factor", 0);
    f.require("latents_mean");
    f.require("latents_std");
    List<Integer> channels = f.integers("block_out_channels", 64);
    if (channels.isEmpty()) {
      throw new ConfigException(f.origin() + ": block_out_channels must not be empty");
    }
    checkTypes(f, "down_block_types", DOWN, channels.size());
    checkTypes(f, "up_block_types", UP, channels.size());
    JsonNode size = f.node().path("sample_size");
    return new AutoencoderKLConfig(
        f.integer("in_channels", 3),
        f.integer("out_channels", 3),
        channels,
        f.integer("layers_per_block", 1),
        f.integer("latent_channels", 4),
        f.integer("norm_num_groups", 32),
        size.isArray() ? size.path(0).asInt(32) : f.integer("sample_size", 32),
        f.number("scaling_factor", 0.18215),
        f.flag("force_upcast", true),
        f.flag("use_quant_conv", true),
        f.flag("use_post_quant_conv", true),
        f.flag("mid_block_add_attention", true));
  }

  private static void checkTypes(ConfigFields f, String key, String only, int n) {
    List<String> types = f.texts(key, only);
    if (types.size() != n || !types.stream().allMatch(only::equals)) {
      throw new ConfigException(
          f.origin() + ": " + key + " must be " + n + " times " + only + " but is " + types);
    }
  }

  @Override
  public int downscale() {
    return 1 << (blockOutChannels.size() - 1);
  }

  public int lastChannels() {
    return blockOutChannels.get(blockOutChannels.size() - 1);
  }

  /** The same with another scaling factor. */
  public AutoencoderKLConfig withScalingFactor(double factor) {
    return new AutoencoderKLConfig(
        inChannels,
        outChannels,
        blockOutChannels,
        layersPerBlock,
        latentChannels,
        normNumGroups,
        sampleSize,
        factor,
        forceUpcast,
        useQuantConv,
        usePostQuantConv,
        midBlockAddAttention);
  }

  /** Where the last level of the decoder begins: its input thrice and its output. */
  @Override
  public long mapsPerPixel() {
    return 3L * blockOutChannels.get(Math.min(1, blockOutChannels.size() - 1))
        + blockOutChannels.get(0);
  }

  @Override
  public String className() {
    return CLASS;
  }

  @Override
  public String toJson() {
    ObjectMapper mapper = new ObjectMapper();
    ObjectNode o = mapper.createObjectNode();
    o.put("_class_name", CLASS);
    o.put("_diffusers_version", "0.42.1");
    o.put("act_fn", "silu");
    o.set("block_out_channels", mapper.valueToTree(blockOutChannels));
    int n = blockOutChannels.size();
    o.set("down_block_types", mapper.valueToTree(Collections.nCopies(n, DOWN)));
    o.put("force_upcast", forceUpcast);
    o.put("in_channels", inChannels);
    o.put("latent_channels", latentChannels);
    o.put("layers_per_block", layersPerBlock);
    o.put("mid_block_add_attention", midBlockAddAttention);
    o.put("norm_num_groups", normNumGroups);
    o.put("out_channels", outChannels);
    o.put("sample_size", sampleSize);
    o.put("scaling_factor", scalingFactor);
    o.set("up_block_types", mapper.valueToTree(Collections.nCopies(n, UP)));
    o.put("use_post_quant_conv", usePostQuantConv);
    o.put("use_quant_conv", useQuantConv);
    return o.toPrettyString() + "\n";
  }
}
