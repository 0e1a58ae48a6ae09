package io.github.tcd4j.models.clip;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.tcd4j.models.config.ConfigException;
import io.github.tcd4j.models.config.ConfigFields;
import java.nio.file.Path;

/**
 * The vision transformer, by the keys of transformers' {@code CLIPVisionConfig}. Pictures are
 * square.
 *
 * @param imageSize side of the pictures, in pixels
 * @param patchSize side of the patches that become tokens, at most the side of the picture
 * @param initializerRange standard deviation of fresh patch and position embeddings
 */
public record ClipVisionConfig(
    int hiddenSize,
    int intermediateSize,
    int projectionDim,
    int numHiddenLayers,
    int numAttentionHeads,
    int numChannels,
    int imageSize,
    int patchSize,
    Activation hiddenAct,
    double layerNormEps,
    double initializerRange,
    double initializerFactor)
    implements ClipTowerConfig {
  public ClipVisionConfig {
    ClipTowerConfig.check(
        "vision_config",
        hiddenSize,
        intermediateSize,
        numHiddenLayers,
        numAttentionHeads,
        layerNormEps);
    ClipTowerConfig.positive("vision_config", "projection_dim", projectionDim);
    ClipTowerConfig.positive("vision_config", "num_channels", numChannels);
    ClipTowerConfig.positive("vision_config", "patch_size", patchSize);
    if (imageSize < patchSize) {
      throw new ConfigException(
          String.format(
              "vision_config: image_size must be at least patch_size (%d) but was %d",
              patchSize, imageSize));
    }
  }

  /** Tokens of one picture: its whole patches and the class token. */
  public int positions() {
    int side = imageSize / patchSize;
    return side * side + 1;
  }

  /** Reads an {@code image_encoder/config.json}. */
  public static ClipVisionConfig read(Path configJson) {
    return of(ConfigFields.read(configJson));
  }

  public static ClipVisionConfig of(JsonNode node) {
    return of(new ConfigFields("vision_config", node));
  }

  static ClipVisionConfig of(ConfigFields c) {
    c.requireUnquantized();
    return ClipTowerConfig.named(
        c,
        () ->
            new ClipVisionConfig(
                c.integer("hidden_size", 768),
                c.integer("intermediate_size", 3072),
                c.integer("projection_dim", 512),
                c.integer("num_hidden_layers", 12),
                c.integer("num_attention_heads", 12),
                c.integer("num_channels", 3),
                ClipTowerConfig.square(c, "image_size", 224),
                ClipTowerConfig.square(c, "patch_size", 32),
                Activation.of(c),
                c.number("layer_norm_eps", 1e-5),
                c.number("initializer_range", 0.02),
                c.number("initializer_factor", 1)));
  }

  /**
   * As transformers writes it, so that {@code CLIPVisionModel} can load what is saved beside it.
   */
  public JsonNode toJson() {
    ObjectNode json = ClipTowerConfig.json(this);
    json.putArray("architectures").add("CLIPVisionModel");
    return json.put("model_type", "clip_vision_model")
        .put("projection_dim", projectionDim)
        .put("num_channels", numChannels)
        .put("image_size", imageSize)
        .put("patch_size", patchSize)
        .put("initializer_range", initializerRange);
  }
}
