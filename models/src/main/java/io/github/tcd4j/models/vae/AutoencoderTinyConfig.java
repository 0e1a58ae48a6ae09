package io.github.tcd4j.models.vae;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.tcd4j.models.config.ConfigException;
import io.github.tcd4j.models.config.ConfigFields;
import java.nio.file.Path;
import java.util.List;

/**
 * The shape of an {@link AutoencoderTiny}; names and defaults are those of diffusers' {@code
 * config.json}.
 *
 * @param encoderChannels of each stage of the encoder, all the same; sizes halve between two
 * @param encoderBlocks residual blocks of each stage; empty for a file without an encoder
 * @param decoderChannels likewise
 * @param decoderBlocks likewise
 * @param scalingFactor what latents are multiplied by before diffusion; 1 for TAESD, whose latents
 *     are those of diffusion already
 */
public record AutoencoderTinyConfig(
    int inChannels,
    int outChannels,
    int latentChannels,
    List<Integer> encoderChannels,
    List<Integer> encoderBlocks,
    List<Integer> decoderChannels,
    List<Integer> decoderBlocks,
    double scalingFactor)
    implements AutoencoderConfig {
  /** The class of diffusers. */
  public static final String CLASS = "AutoencoderTiny";

  public AutoencoderTinyConfig {
    encoderChannels = List.copyOf(encoderChannels);
    encoderBlocks = List.copyOf(encoderBlocks);
    decoderChannels = List.copyOf(decoderChannels);
    decoderBlocks = List.copyOf(decoderBlocks);
    check("encoder", encoderChannels, encoderBlocks, true);
    check("decoder", decoderChannels, decoderBlocks, false);
    if (!encoderBlocks.isEmpty() && encoderBlocks.size() != decoderBlocks.size()) {
      throw new ConfigException(
          "encoder and decoder must have as many stages but have "
              + encoderBlocks.size()
              + " and "
              + decoderBlocks.size());
    }
    if (inChannels < 1 || outChannels < 1 || latentChannels < 1 || !(scalingFactor > 0)) {
      throw new ConfigException(
          "in_channels, out_channels and latent_channels must be at least 1 and scaling_factor"
              + (" above 0 but are " + inChannels + ", " + outChannels + ", " + latentChannels)
              + (" and " + scalingFactor));
    }
  }

  private static void check(
      String side, List<Integer> channels, List<Integer> blocks, boolean mayBeMissing) {
    boolean same = channels.stream().distinct().count() <= 1;
    if (channels.size() != blocks.size() || (blocks.isEmpty() && !mayBeMissing)) {
      throw new ConfigException(
          (side + "_block_out_channels and num_" + side + "_blocks must have the same length, at")
              + (" least 1, but are " + channels + " and " + blocks));
    }
    if (!same || channels.stream().anyMatch(c -> c < 1) || blocks.stream().anyMatch(n -> n < 0)) {
      throw new ConfigException(
          (side + "_block_out_channels must be equal and positive, as the convolutions between two")
              + (" stages change no channels, but are " + channels + "; blocks " + blocks));
    }
  }

  public static AutoencoderTinyConfig read(Path configJson) {
    return of(ConfigFields.read(configJson));
  }

  /** Reads a {@code config.json}. */
  public static AutoencoderTinyConfig of(ConfigFields f) {
    f.requireUnquantized();
    f.require("_class_name", CLASS);
    f.require("act_fn", "relu");
    f.require("upsample_fn", "nearest");
    f.require("upsampling_scaling_factor", 2);
    f.require("shift_factor", 0);
    return new AutoencoderTinyConfig(
        f.integer("in_channels", 3),
        f.integer("out_channels", 3),
        f.integer("latent_channels", 4),
        f.integers("encoder_block_out_channels", 64, 64, 64, 64),
        f.integers("num_encoder_blocks", 1, 3, 3, 3),
        f.integers("decoder_block_out_channels", 64, 64, 64, 64),
        f.integers("num_decoder_blocks", 3, 3, 3, 1),
        f.number("scaling_factor", 1));
  }

  /** Whether it can encode. */
  public boolean hasEncoder() {
    return !encoderBlocks.isEmpty();
  }

  @Override
  public int downscale() {
    return 1 << (decoderBlocks.size() - 1);
  }

  @Override
  public boolean forceUpcast() {
    return false;
  }

  @Override
  public long mapsPerPixel() {
    return 3L * decoderChannels.get(0);
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
    o.put("act_fn", "relu");
    o.set("decoder_block_out_channels", mapper.valueToTree(decoderChannels));
    o.set("encoder_block_out_channels", mapper.valueToTree(encoderChannels));
    o.put("in_channels", inChannels);
    o.put("latent_channels", latentChannels);
    o.set("num_decoder_blocks", mapper.valueToTree(decoderBlocks));
    o.set("num_encoder_blocks", mapper.valueToTree(encoderBlocks));
    o.put("out_channels", outChannels);
    o.put("scaling_factor", scalingFactor);
    o.put("upsample_fn", "nearest");
    o.put("upsampling_scaling_factor", 2);
    return o.toPrettyString() + "\n";
  }
}
