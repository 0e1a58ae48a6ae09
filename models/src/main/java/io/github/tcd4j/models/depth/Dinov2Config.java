package io.github.tcd4j.models.depth;

import io.github.tcd4j.models.config.ConfigException;
import io.github.tcd4j.models.config.ConfigFields;
import java.util.List;

/**
 * DINOv2 as a backbone, by the keys of transformers' {@code Dinov2Config}.
 *
 * @param outputs numbers of the layers whose outputs are features, 0 for the embeddings; ascending
 * @param normed whether features go through the last norm
 */
record Dinov2Config(TransformerShape shape, List<Integer> outputs, boolean normed) {
  Dinov2Config {
    outputs = List.copyOf(outputs);
    if (outputs.isEmpty() || outputs.get(0) < 0) {
      throw new ConfigException("out_indices must be at least 0 but are " + outputs);
    }
    if (outputs.get(outputs.size() - 1) > shape.layers()) {
      throw new ConfigException(
          "the backbone has " + shape.layers() + " layers but its outputs are " + outputs);
    }
  }

  static Dinov2Config of(ConfigFields f) {
    f.require("model_type", "dinov2");
    TransformerShape shape = TransformerShape.dinov2(f);
    return new Dinov2Config(shape, outputs(f, shape.layers()), f.flag("apply_layernorm", true));
  }

  /** By number, counted from the end where below 0, or by the names stem, stage1, stage2... */
  private static List<Integer> outputs(ConfigFields f, int layers) {
    if (f.has("out_indices") && !f.isNull("out_indices")) {
      List<Integer> given = f.integers("out_indices");
      return given.stream().map(i -> i < 0 ? i + layers + 1 : i).sorted().distinct().toList();
    }
    if (f.has("out_features") && !f.isNull("out_features")) {
      return f.texts("out_features").stream().map(t -> number(f, t)).sorted().distinct().toList();
    }
    return List.of(layers);
  }

  private static int number(ConfigFields f, String name) {
    if (name.equals("stem")) {
      return 0;
    }
    if (!name.matches("stage[0-9]{1,4}")) {
      throw new ConfigException(
          f.origin() + ": out_features must be stem, stage1, stage2, ... but has " + name);
    }
    return Integer.parseInt(name.substring("stage".length()));
  }
}
