package io.github.tcd4j.models.depth;

import io.github.tcd4j.models.config.ConfigException;
import io.github.tcd4j.models.config.ConfigFields;
import java.util.List;

/**
 * What becomes of a backbone's features, by the keys that {@code DPTConfig} and {@code
 * DepthAnythingConfig} share.
 *
 * @param width channels of the backbone's tokens
 * @param channels of each feature after its projection
 * @param factors by which the size of each changes: whole, or one over a whole number
 * @param fusion channels of all features when they are added up
 * @param output which sum the head reads, counted from the deepest; below 0 from the last
 */
record NeckConfig(int width, List<Integer> channels, List<Double> factors, int fusion, int output) {
  NeckConfig {
    channels = List.copyOf(channels);
    factors = List.copyOf(factors);
    if (channels.isEmpty() || channels.size() != factors.size()) {
      throw new ConfigException(
          ("neck_hidden_sizes and reassemble_factors must be as many but are " + channels)
              + (" and " + factors));
    }
    for (double f : factors) {
      double steps = f >= 1 ? f : 1 / f;
      if (!(f > 0) || steps != Math.rint(steps)) {
        throw new ConfigException(
            "reassemble_factors must be whole or 1 over a whole number but are " + factors);
      }
    }
    if (fusion < 2 || output >= channels.size() || output < -channels.size()) {
      throw new ConfigException(
          ("fusion_hidden_size must be at least 2 and head_in_index below " + channels.size())
              + (" but they are " + fusion + " and " + output));
    }
  }

  static NeckConfig of(ConfigFields f, int width, int fusion, Integer... channels) {
    return new NeckConfig(
        width,
        f.integers("neck_hidden_sizes", channels),
        f.numbers("reassemble_factors", 4.0, 2.0, 1.0, 0.5),
        f.integer("fusion_hidden_size", fusion),
        f.integer("head_in_index", -1));
  }

  /** Refuses a backbone that gives another number of features. */
  void requireFeatures(int features) {
    if (features != channels.size()) {
      throw new ConfigException(
          ("the backbone gives " + features + " features but neck_hidden_sizes are " + channels));
    }
  }
}
