package io.github.tcd4j.models.depth;

import io.github.tcd4j.models.config.ConfigException;
import io.github.tcd4j.models.config.ConfigFields;
import io.github.tcd4j.models.layers.Linear;
import io.github.tcd4j.models.layers.Weights;
import java.util.List;

/**
 * The layers of a vision transformer and the pictures that it was trained on.
 *
 * @param width channels of a token, a multiple of heads
 * @param inner channels between the feed-forward layers
 * @param qkvBias whether queries, keys and values have a bias
 * @param eps of the layer norms
 * @param patch side of the patches that become tokens, in pixels
 * @param grid patches on a side of the pictures that the position embeddings are for
 */
record TransformerShape(
    int width, int layers, int heads, int inner, boolean qkvBias, double eps, int patch, int grid) {
  TransformerShape {
    if (width < 1 || layers < 1 || heads < 1 || inner < 1 || patch < 1 || grid < 1 || !(eps > 0)) {
      throw new ConfigException(
          "hidden_size, num_hidden_layers, num_attention_heads, patch_size, layer_norm_eps must be"
              + " above 0 and image_size at least patch_size");
    }
    if (width % heads != 0) {
      throw new ConfigException(
          ("hidden_size must be a multiple of num_attention_heads but was " + width)
              + (" with " + heads + " heads"));
    }
  }

  /** Of transformers' {@code Dinov2Config}. */
  static TransformerShape dinov2(ConfigFields f) {
    f.require("use_swiglu_ffn", false);
    int width = f.integer("hidden_size", 768);
    return of(f, width, (int) (width * f.number("mlp_ratio", 4)), 1e-6, 224, 14);
  }

  /** Of transformers' {@code DPTConfig}. */
  static TransformerShape dpt(ConfigFields f) {
    int inner = f.integer("intermediate_size", 3072);
    return of(f, f.integer("hidden_size", 768), inner, 1e-12, 384, 16);
  }

  private static TransformerShape of(
      ConfigFields f, int width, int inner, double eps, int imageSize, int patchSize) {
    f.require("hidden_act", "gelu");
    f.require("num_channels", 3);
    int patch = square(f, "patch_size", patchSize);
    return new TransformerShape(
        width,
        f.integer("num_hidden_layers", 12),
        f.integer("num_attention_heads", 12),
        inner,
        f.flag("qkv_bias", true),
        f.number("layer_norm_eps", eps),
        patch,
        square(f, "image_size", imageSize) / Math.max(1, patch));
  }

  private static int square(ConfigFields f, String key, int absent) {
    List<Integer> sides = f.integerOrList(key, 2, absent);
    if (!sides.get(0).equals(sides.get(1))) {
      throw new ConfigException(f.origin() + ": " + key + " must be n or [n, n] but was " + sides);
    }
    return sides.get(0);
  }

  /** Queries, keys or values. */
  Linear projection(Weights w) {
    return qkvBias ? Linear.of(w, width, width) : Linear.withoutBias(w, width, width);
  }
}
