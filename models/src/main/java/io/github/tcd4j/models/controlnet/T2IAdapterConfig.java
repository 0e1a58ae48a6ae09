package io.github.tcd4j.models.controlnet;

import io.github.tcd4j.models.config.ConfigException;
import io.github.tcd4j.models.config.ConfigFields;
import io.github.tcd4j.models.unet.UNet2DConditionConfig;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * The shape of a {@link T2IAdapter}; names and defaults are those of diffusers' {@code
 * config.json}.
 *
 * @param kind {@code adapter_type}
 * @param inChannels of the hint: 3, or 1 for grey
 * @param channels of the blocks
 * @param resBlocks resnets of each block
 * @param downscale pixels that become channels, in each direction
 */
public record T2IAdapterConfig(
    Kind kind, int inChannels, List<Integer> channels, int resBlocks, int downscale) {
  /** How the blocks are made. */
  public enum Kind {
    /** Blocks of whole width, each but the first of half the size. */
    FULL("full_adapter"),
    /** For SDXL: the third block alone is of half the size. */
    FULL_XL("full_adapter_xl"),
    /** Blocks that are narrow inside, and one block more than channels. */
    LIGHT("light_adapter");

    private final String key;

    Kind(String key) {
      this.key = key;
    }

    static Kind parse(String key) {
      for (Kind kind : values()) {
        if (kind.key.equals(key)) {
          return kind;
        }
      }
      throw new ConfigException(
          "adapter_type must be full_adapter, full_adapter_xl or light_adapter but is " + key);
    }
  }

  public T2IAdapterConfig {
    channels = List.copyOf(channels);
    if (channels.isEmpty() || channels.stream().anyMatch(c -> c < 4)) {
      throw new ConfigException("channels must be at least one number above 3 but is " + channels);
    }
    if (inChannels < 1 || resBlocks < 1 || downscale < 1) {
      throw new ConfigException(
          "in_channels, num_res_blocks and downscale_factor must be at least 1 but are "
              + List.of(inChannels, resBlocks, downscale));
    }
  }

  public static T2IAdapterConfig read(Path configJson) {
    return of(ConfigFields.read(configJson));
  }

  static T2IAdapterConfig of(ConfigFields f) {
    f.requireUnquantized();
    f.require("_class_name", "T2IAdapter");
    return new T2IAdapterConfig(
        Kind.parse(f.text("adapter_type", Kind.FULL.key)),
        f.integer("in_channels", 3),
        f.integers("channels", 320, 640, 1280, 1280),
        f.integer("num_res_blocks", 2),
        f.integer("downscale_factor", 8));
  }

  /** Channels of each feature. */
  public List<Integer> featureChannels() {
    List<Integer> all = new ArrayList<>(channels);
    if (kind == Kind.LIGHT) {
      all.add(channels.get(channels.size() - 1));
    }
    return all;
  }

  /** Whether block {@code i} first halves the size. */
  boolean halves(int i) {
    return kind == Kind.FULL_XL ? i == 2 : i > 0;
  }

  /**
   * Checks that there is a feature for each down block of a U-Net, of its size; one more may be for
   * the middle block.
   *
   * @param pixels that one latent element stands for
   * @throws ConfigException if not
   */
  public void requireFits(UNet2DConditionConfig base, int pixels) {
    List<Integer> blocks = base.blockOutChannels();
    List<Integer> own = featureChannels();
    boolean enough = own.size() == blocks.size() || own.size() == blocks.size() + 1;
    int first = base.downCrossAttention().get(0) ? pixels : 2 * pixels;
    if (!enough || !own.subList(0, blocks.size()).equals(blocks)) {
      throw new ConfigException(
          ("the T2I-Adapter has features of "
                  + own
                  + " channels but the model's U-Net has blocks of ")
              + (blocks + "; use one that was trained for this model"));
    }
    if (downscale != first) {
      throw new ConfigException(
          ("the T2I-Adapter's first feature is 1/" + downscale + " of the picture's size but the")
              + (" model's is 1/" + first + "; use one that was trained for this model"));
    }
  }
}
