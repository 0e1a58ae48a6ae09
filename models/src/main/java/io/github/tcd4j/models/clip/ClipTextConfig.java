package io.github.tcd4j.models.clip;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.tcd4j.models.config.ConfigException;
import io.github.tcd4j.models.config.ConfigFields;
import java.nio.file.Path;

/**
 * The text transformer, by the keys of transformers' {@code CLIPTextConfig}.
 *
 * @param projectionDim width of the features that a projection makes of the pooled text
 * @param maxPositionEmbeddings most tokens that a row may have
 * @param eosTokenId the token whose position is pooled. 2 is the wrong value that older files
 *     carry; it means the greatest id of the row
 */
public record ClipTextConfig(
    int vocabSize,
    int hiddenSize,
    int intermediateSize,
    int projectionDim,
    int numHiddenLayers,
    int numAttentionHeads,
    int maxPositionEmbeddings,
    Activation hiddenAct,
    double layerNormEps,
    double initializerFactor,
    int padTokenId,
    int bosTokenId,
    int eosTokenId)
    implements ClipTowerConfig {
  /** The value of {@code eos_token_id} that asks for the old rule of pooling. */
  static final int OLD_EOS_TOKEN_ID = 2;

  public ClipTextConfig {
    ClipTowerConfig.check(
        "text_config",
        hiddenSize,
        intermediateSize,
        numHiddenLayers,
        numAttentionHeads,
        layerNormEps);
    ClipTowerConfig.positive("text_config", "vocab_size", vocabSize);
    ClipTowerConfig.positive("text_config", "projection_dim", projectionDim);
    ClipTowerConfig.positive("text_config", "max_position_embeddings", maxPositionEmbeddings);
    if (eosTokenId < 0) {
      throw new ConfigException(
          "text_config: eos_token_id must be at least 0 but was " + eosTokenId);
    }
  }

  /** Reads a {@code text_encoder/config.json}. */
  public static ClipTextConfig read(Path configJson) {
    return of(ConfigFields.read(configJson));
  }

  public static ClipTextConfig of(JsonNode node) {
    return of(new ConfigFields("text_config", node));
  }

  static ClipTextConfig of(ConfigFields c) {
    c.requireUnquantized();
    return ClipTowerConfig.named(
        c,
        () ->
            new ClipTextConfig(
                c.integer("vocab_size", 49408),
                c.integer("hidden_size", 512),
                c.integer("intermediate_size", 2048),
                unlessNull(c, "projection_dim", 512),
                c.integer("num_hidden_layers", 12),
                c.integer("num_attention_heads", 8),
                c.integer("max_position_embeddings", 77),
                Activation.of(c),
                c.number("layer_norm_eps", 1e-5),
                c.number("initializer_factor", 1),
                unlessNull(c, "pad_token_id", 1),
                unlessNull(c, "bos_token_id", 49406),
                c.integer("eos_token_id", 49407)));
  }

  /** Null, which transformers allows for what an encoder alone does not use, is like absence. */
  private static int unlessNull(ConfigFields c, String key, int absent) {
    return c.isNull(key) ? absent : c.integer(key, absent);
  }

  /** As transformers writes it, so that {@code CLIPTextModel} can load what is saved beside it. */
  public JsonNode toJson() {
    ObjectNode json = ClipTowerConfig.json(this);
    json.putArray("architectures").add("CLIPTextModel");
    return json.put("model_type", "clip_text_model")
        .put("vocab_size", vocabSize)
        .put("projection_dim", projectionDim)
        .put("max_position_embeddings", maxPositionEmbeddings)
        .put("pad_token_id", padTokenId)
        .put("bos_token_id", bosTokenId)
        .put("eos_token_id", eosTokenId);
  }
}
