package io.github.tcd4j.models.depth;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.tcd4j.models.config.ConfigException;
import io.github.tcd4j.models.config.ConfigFields;

/**
 * {@code DepthAnythingConfig} of transformers, V1 and V2.
 *
 * @param patch pixels of one patch in the result
 * @param headChannels inside the head
 * @param metric whether depth is a distance, through a sigmoid
 * @param maxDepth factor on the result
 */
record DepthAnythingConfig(
    Dinov2Config backbone,
    int patch,
    NeckConfig neck,
    int headChannels,
    boolean metric,
    double maxDepth)
    implements DepthConfig {
  DepthAnythingConfig {
    neck.requireFeatures(backbone.outputs().size());
    if (headChannels < 1 || !Double.isFinite(maxDepth) || maxDepth <= 0) {
      throw new ConfigException(
          ("head_hidden_size and max_depth must be above 0 but are " + headChannels)
              + (" and " + maxDepth));
    }
    if (neck.width() != backbone.shape().width()) {
      throw new ConfigException(
          ("reassemble_hidden_size must be the backbone's hidden_size, ")
              + (backbone.shape().width() + ", but is " + neck.width()));
    }
  }

  @Override
  public boolean depthAnything() {
    return true;
  }

  @Override
  public int fixedSide() {
    return 0;
  }

  static DepthAnythingConfig of(ConfigFields f) {
    f.requireUnquantized();
    f.require("depth_estimation_type", "relative", "metric");
    ConfigFields backbone = new ConfigFields(f.origin() + ", backbone_config", backbone(f));
    Dinov2Config dinov2 = Dinov2Config.of(backbone);
    return new DepthAnythingConfig(
        dinov2,
        f.integer("patch_size", 14),
        NeckConfig.of(f, f.integer("reassemble_hidden_size", 384), 64, 48, 96, 192, 384),
        f.integer("head_hidden_size", 32),
        f.text("depth_estimation_type", "relative").equals("metric"),
        f.isNull("max_depth") ? 1 : f.number("max_depth", 1));
  }

  private static JsonNode backbone(ConfigFields f) {
    if (f.has("backbone_config") && !f.isNull("backbone_config")) {
      return f.node().get("backbone_config");
    }
    f.require("backbone");
    ObjectNode usual = JsonNodeFactory.instance.objectNode();
    usual.put("image_size", 518).put("hidden_size", 384).put("num_attention_heads", 6);
    usual.putArray("out_indices").add(9).add(10).add(11).add(12);
    return usual;
  }
}
