package io.github.tcd4j.models.clip;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.tcd4j.models.config.ConfigException;
import io.github.tcd4j.models.config.ConfigFields;
import java.util.List;
import java.util.function.Supplier;

/** What the transformers of text and of vision have in common. */
public sealed interface ClipTowerConfig permits ClipTextConfig, ClipVisionConfig {
  /** Channels of the residual stream, a multiple of the number of heads. */
  int hiddenSize();

  /** Channels inside the feed-forward layers. */
  int intermediateSize();

  int numHiddenLayers();

  int numAttentionHeads();

  Activation hiddenAct();

  double layerNormEps();

  /** Factor on every standard deviation of fresh weights. */
  double initializerFactor();

  /** Fails, naming {@code owner}, if the numbers cannot make a transformer. */
  static void check(
      String owner, int hidden, int intermediate, int layers, int heads, double layerNormEps) {
    positive(owner, "hidden_size", hidden);
    positive(owner, "intermediate_size", intermediate);
    positive(owner, "num_hidden_layers", layers);
    positive(owner, "num_attention_heads", heads);
    if (hidden % heads != 0) {
      throw new ConfigException(
          String.format(
              "%s: hidden_size must be a multiple of num_attention_heads but was %d with %d heads",
              owner, hidden, heads));
    }
    if (!(layerNormEps > 0)) {
      throw new ConfigException(
          owner + ": layer_norm_eps must be greater than 0 but was " + layerNormEps);
    }
  }

  static void positive(String owner, String key, int value) {
    if (value < 1) {
      throw new ConfigException(owner + ": " + key + " must be at least 1 but was " + value);
    }
  }

  /** The common keys, as transformers writes them. */
  static ObjectNode json(ClipTowerConfig c) {
    return JsonNodeFactory.instance
        .objectNode()
        .put("hidden_size", c.hiddenSize())
        .put("intermediate_size", c.intermediateSize())
        .put("num_hidden_layers", c.numHiddenLayers())
        .put("num_attention_heads", c.numAttentionHeads())
        .put("hidden_act", c.hiddenAct().key())
        .put("layer_norm_eps", c.layerNormEps())
        .put("initializer_factor", c.initializerFactor())
        .put("attention_dropout", 0.0);
  }

  /** What {@code body} makes of the fields; its complaints get the name of the file. */
  static <T> T named(ConfigFields fields, Supplier<T> body) {
    try {
      return body.get();
    } catch (ConfigException e) {
      String message = String.valueOf(e.getMessage());
      String origin = fields.origin();
      throw message.startsWith(origin) ? e : new ConfigException(origin + ": " + message, e);
    }
  }

  /** A side that may be written n or [n, n]. */
  static int square(ConfigFields fields, String key, int absent) {
    List<Integer> sides = fields.integerOrList(key, 2, absent);
    if (!sides.get(0).equals(sides.get(1))) {
      throw new ConfigException(
          fields.origin() + ": " + key + " must be n or [n, n] but was " + sides);
    }
    return sides.get(0);
  }
}
