package io.github.tcd4j.models.clip;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.tcd4j.models.config.ConfigException;
import io.github.tcd4j.models.config.ConfigFields;
import java.nio.file.Path;

/**
 * A text and a vision transformer with one feature space, by the keys of transformers' {@code
 * CLIPConfig}.
 *
 * @param projectionDim width of the common feature space
 * @param logitScaleInit where the logarithm of the inverse temperature starts
 * @param initializerFactor factor on the standard deviation of fresh projections
 */
public record ClipConfig(
    ClipTextConfig text,
    ClipVisionConfig vision,
    int projectionDim,
    double logitScaleInit,
    double initializerFactor) {
  public ClipConfig {
    ClipTowerConfig.positive("CLIP", "projection_dim", projectionDim);
  }

  public static ClipConfig read(Path configJson) {
    return of(ConfigFields.read(configJson));
  }

  public static ClipConfig of(JsonNode node) {
    return of(new ConfigFields("CLIP config", node));
  }

  private static ClipConfig of(ConfigFields c) {
    c.requireUnquantized();
    return new ClipConfig(
        ClipTextConfig.of(tower(c, "text_config")),
        ClipVisionConfig.of(tower(c, "vision_config")),
        c.integer("projection_dim", 512),
        c.number("logit_scale_init_value", 2.6592),
        c.number("initializer_factor", 1));
  }

  /** Early files carry text_config_dict too, which then is the one that counts. */
  private static ConfigFields tower(ConfigFields c, String key) {
    String found = c.node().hasNonNull(key + "_dict") ? key + "_dict" : key;
    if (!c.has(found)) {
      throw new ConfigException(
          c.origin() + " lacks " + key + "; is it the config of a CLIPModel?");
    }
    return new ConfigFields(c.origin() + ", " + found, c.node().get(found));
  }

  /** The vision half alone. Its projection is as wide as the pair says, not as the half does. */
  public ClipVisionConfig projectedVision() {
    ObjectNode half = vision.toJson().deepCopy();
    return ClipVisionConfig.of(half.put("projection_dim", projectionDim));
  }

  /** As transformers writes it, so that {@code CLIPModel} can load what is saved beside it. */
  public JsonNode toJson() {
    ObjectNode json = JsonNodeFactory.instance.objectNode();
    json.putArray("architectures").add("CLIPModel");
    json.put("model_type", "clip")
        .put("projection_dim", projectionDim)
        .put("logit_scale_init_value", logitScaleInit)
        .put("initializer_factor", initializerFactor);
    json.set("text_config", text.toJson());
    json.set("vision_config", vision.toJson());
    return json;
  }
}
