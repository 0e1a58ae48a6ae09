package io.github.tcd4j.models.depth;

import io.github.tcd4j.models.config.ConfigException;
import io.github.tcd4j.models.config.ConfigFields;
import java.util.List;

/**
 * The convolutional trunk of hybrid DPTs, by the keys of transformers' {@code BitConfig}.
 *
 * @param stem channels of the first convolution
 * @param channels of the three stages
 * @param depths layers in each
 * @param groups of the norms
 */
record BitConfig(int stem, List<Integer> channels, List<Integer> depths, int groups) {
  private static final int STAGES = 3;

  BitConfig {
    channels = List.copyOf(channels);
    depths = List.copyOf(depths);
    if (depths.size() != STAGES || channels.size() < STAGES) {
      throw new ConfigException(
          "a hybrid DPT has a trunk of three stages but depths are " + depths);
    }
  }

  static BitConfig of(ConfigFields f) {
    f.require("model_type", "bit");
    f.require("layer_type", "bottleneck");
    f.require("global_padding", "SAME", "same");
    f.require("embedding_dynamic_padding", true);
    f.require("hidden_act", "relu");
    f.require("num_channels", 3);
    f.require("output_stride", 32);
    f.require("width_factor", 1);
    List<Integer> sizes = f.integers("hidden_sizes", 256, 512, 1024, 2048);
    return new BitConfig(
        f.integer("embedding_size", 64),
        sizes.stream().map(BitConfig::channels).toList(),
        f.integers("depths", 3, 4, 9),
        f.integer("num_groups", 32));
  }

  /** A multiple of 8 near {@code wanted}, at least 8, and not much below. */
  static int channels(double wanted) {
    int rounded = Math.max(8, (int) (wanted + 4) / 8 * 8);
    return rounded < 0.9 * wanted ? rounded + 8 : rounded;
  }
}
