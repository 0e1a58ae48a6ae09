package io.github.tcd4j.models.depth;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import io.github.tcd4j.models.config.ConfigException;
import io.github.tcd4j.models.config.ConfigFields;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * {@code DPTConfig} of transformers: a ViT of its own, a ViT after convolutions (hybrid), or DINOv2
 * as backbone.
 *
 * @param vit its own transformer; null with another backbone
 * @param outputs numbers of its layers that are features, 1 for the first
 * @param trunk the convolutions of a hybrid; null else
 * @param dinov2 the other backbone; null else
 * @param readout what the class token does to the others
 * @param projected whether a convolution of 256 channels comes before the head
 * @param normed whether residual units have batch norms
 */
record DptConfig(
    @Nullable TransformerShape vit,
    List<Integer> outputs,
    @Nullable BitConfig trunk,
    @Nullable Dinov2Config dinov2,
    NeckConfig neck,
    Readout readout,
    boolean projected,
    boolean normed)
    implements DepthConfig {
  /** Convolutions of a hybrid, which are features besides its transformer's layers. */
  static final int STAGES = 2;

  private static final int PROJECTION = 256;

  /** {@code readout_type}. */
  enum Readout {
    /** The class token is not used. */
    IGNORE,
    /** It is added. */
    ADD,
    /** It is appended to each of the others, and both are projected. */
    PROJECT
  }

  DptConfig {
    outputs = List.copyOf(outputs);
    neck.requireFeatures(
        dinov2 != null ? dinov2.outputs().size() : outputs.size() + (trunk == null ? 0 : STAGES));
    if (projected && neck.fusion() != PROJECTION) {
      throw new ConfigException(
          "add_projection needs a fusion_hidden_size of 256 but it is " + neck.fusion());
    }
    if (vit != null && outputs.stream().anyMatch(i -> i < 1 || i > vit.layers())) {
      throw new ConfigException(
          ("backbone_out_indices must be below num_hidden_layers, " + vit.layers())
              + (", but are " + outputs.stream().map(i -> i - 1).toList()));
    }
  }

  @Override
  public boolean depthAnything() {
    return false;
  }

  @Override
  public boolean metric() {
    return false;
  }

  @Override
  public int patch() {
    return shape().patch();
  }

  @Override
  public int fixedSide() {
    return trunk == null ? 0 : shape().patch() * shape().grid();
  }

  private TransformerShape shape() {
    if (vit != null) {
      return vit;
    }
    if (dinov2 != null) {
      return dinov2.shape();
    }
    throw new IllegalStateException("a DPT has a transformer");
  }

  static DptConfig of(ConfigFields f) {
    f.requireUnquantized();
    f.require("backbone");
    f.require("readout_type", "ignore", "add", "project");
    boolean hybrid = f.flag("is_hybrid", false);
    boolean other = !hybrid && f.has("backbone_config") && !f.isNull("backbone_config");
    ConfigFields b = new ConfigFields(f.origin() + ", backbone_config", backbone(f));
    Dinov2Config dinov2 = other ? Dinov2Config.of(b) : null;
    TransformerShape vit = dinov2 == null ? TransformerShape.dpt(f) : null;
    if (hybrid) {
      f.require("readout_type", "project");
      if (!f.integers("neck_ignore_stages", 0, 1).equals(List.of(0, 1))) {
        throw new ConfigException("neck_ignore_stages of a hybrid DPT must be [0, 1]");
      }
    }
    int width = dinov2 == null ? f.integer("hidden_size", 768) : dinov2.shape().width();
    return new DptConfig(
        vit,
        dinov2 == null ? outputs(f, hybrid) : List.of(),
        hybrid ? BitConfig.of(b) : null,
        dinov2,
        NeckConfig.of(f, width, 256, 96, 192, 384, 768),
        Readout.valueOf(f.text("readout_type", "project").toUpperCase(java.util.Locale.ROOT)),
        f.flag("add_projection", false),
        f.has("use_batch_norm_in_fusion_residual")
            && !f.isNull("use_batch_norm_in_fusion_residual")
            && f.flag("use_batch_norm_in_fusion_residual", false));
  }

  /** The first two of a hybrid stand for its convolutions. */
  private static List<Integer> outputs(ConfigFields f, boolean hybrid) {
    List<Integer> given = f.integers("backbone_out_indices", 2, 5, 8, 11);
    List<Integer> own =
        hybrid ? given.subList(Math.min(STAGES, given.size()), given.size()) : given;
    return own.stream().map(i -> i + 1).sorted().distinct().toList();
  }

  private static JsonNode backbone(ConfigFields f) {
    return f.has("backbone_config") && !f.isNull("backbone_config")
        ? f.node().get("backbone_config")
        : JsonNodeFactory.instance.objectNode();
  }
}
