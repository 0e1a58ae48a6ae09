package io.github.tcd4j.models.motion;

import io.github.tcd4j.models.config.ConfigException;
import io.github.tcd4j.models.files.CheckpointShapes;
import io.github.tcd4j.models.files.quantized.ScaledTensors;
import io.github.tcd4j.models.layers.NetworkFile;
import io.github.tcd4j.tensor.file.TensorFile;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/**
 * A motion adapter in a file of its own, under the names of its authors ({@code mm_sd_v15_v2.ckpt},
 * {@code v3_sd15_mm.ckpt}, {@code mm_sdxl_v10_beta.ckpt}) or diffusers'. It has no configuration:
 * all but the number of heads follows from shapes; that is 8 in all that are published.
 *
 * @param path of the file
 * @param config of the network
 */
public record MotionFile(Path path, MotionAdapterConfig config) {
  private static final int HEADS = 8;
  private static final int FRAMES = 32;

  /**
   * Looks at a file.
   *
   * @throws ConfigException if it holds no motion adapter, saying what it seems to be
   */
  public static MotionFile of(Path path) {
    try (TensorFile file = open(path)) {
      CheckpointShapes s = new CheckpointShapes(file, "");
      int blocks = s.count("down_blocks.", "." + MotionKeys.MODULES + ".0.norm.weight");
      if (blocks == 0) {
        throw new ConfigException(path + " is no motion adapter: " + guess(file));
      }
      List<Integer> channels = new ArrayList<>();
      List<Integer> layers = new ArrayList<>();
      List<Integer> depths = new ArrayList<>();
      for (int b = 0; b < blocks; b++) {
        String modules = "down_blocks." + b + "." + MotionKeys.MODULES + ".";
        channels.add(s.size(modules + "0.norm.weight", 0));
        layers.add(s.count(modules, ".norm.weight"));
        depths.add(s.count(modules + "0.transformer_blocks.", ".norm1.weight"));
      }
      String middle = "mid_block." + MotionKeys.MODULES + ".0.";
      boolean mid = s.has(middle + "norm.weight");
      return new MotionFile(
          path,
          new MotionAdapterConfig(
              channels,
              layers,
              depths,
              Collections.nCopies(blocks, HEADS),
              mid,
              mid ? s.count(middle + "transformer_blocks.", ".norm1.weight") : 1,
              frames(file)));
    }
  }

  /** The length of the table of positions, where it is stored. */
  private static int frames(TensorFile file) {
    for (String name : file.names()) {
      long[] shape = file.shape(name);
      if (name.endsWith(".pe") && shape.length == 3) {
        return (int) Math.min(shape[1], 1 << 20);
      }
    }
    return FRAMES;
  }

  private static String guess(TensorFile file) {
    if (any(file, "lora")) {
      return "it looks like a LoRA";
    }
    if (any(file, "controlnet_cond_embedding") || any(file, "input_hint_block")) {
      return "it looks like a ControlNet";
    }
    if (any(file, "temporal_attentions")) {
      return "it looks like HotShot-XL's, which is not supported";
    }
    if (any(file, "model.diffusion_model.") || any(file, "up_blocks.")) {
      return "it looks like a whole model or its U-Net";
    }
    String first = file.names().isEmpty() ? "nothing" : file.names().iterator().next();
    return "it has no motion_modules; it holds " + first + ", ...";
  }

  private static boolean any(TensorFile file, String part) {
    return file.names().stream().anyMatch(n -> n.contains(part));
  }

  /** Its parameters under diffusers' names. */
  public TensorFile open() {
    return open(path);
  }

  private static TensorFile open(Path path) {
    return NetworkFile.renamed(ScaledTensors.open(path), MotionKeys::ours);
  }
}
