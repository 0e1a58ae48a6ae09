package io.github.tcd4j.models.depth;

import io.github.tcd4j.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * What a backbone gives at one depth.
 *
 * @param map (B, C, h, w)
 * @param readout the class token (B, C); null where the map is one of convolutions
 */
record TokenMap(Tensor map, @Nullable Tensor readout) {
  /** Tokens (B, 1 + h w, C), the class token first. */
  static TokenMap of(Tensor tokens, long height, long width) {
    Tensor patches = tokens.narrow(1, 1, height * width);
    Tensor map = patches.transpose(1, 2).reshape(tokens.size(0), tokens.size(2), height, width);
    return new TokenMap(map, tokens.select(1, 0));
  }
}
