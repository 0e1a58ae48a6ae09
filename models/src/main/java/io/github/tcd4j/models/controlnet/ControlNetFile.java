package io.github.tcd4j.models.controlnet;

import io.github.tcd4j.models.config.ConfigException;
import io.github.tcd4j.models.files.CheckpointShapes;
import io.github.tcd4j.models.files.ComponentView;
import io.github.tcd4j.models.files.KeyMapping;
import io.github.tcd4j.models.files.UNetKeys;
import io.github.tcd4j.models.files.quantized.ScaledTensors;
import io.github.tcd4j.models.unet.UNet2DConditionConfig;
import io.github.tcd4j.tensor.file.TensorFile;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A ControlNet in a file of its own, under diffusers' names or ldm's ({@code
 * control_model.input_hint_block.0.weight}; the files of its authors hold a whole model besides).
 * It has no configuration: what shapes do not say, such as the number of attention heads, is that
 * of the base model's U-Net.
 *
 * @param path of the file
 * @param config of the network
 * @param prefix what all its keys start with, perhaps empty
 * @param table ldm's names; null where they are diffusers' own
 * @param union where it is one for several kinds of hints; else null
 */
public record ControlNetFile(
    Path path,
    ControlNetConfig config,
    String prefix,
    @Nullable KeyMapping table,
    @Nullable ControlNetUnionConfig union) {
  private static final String TASKS = "task_embedding";

  private static final String OURS = "controlnet_cond_embedding.conv_in.weight";
  private static final String LDM = "input_hint_block.0.weight";

  /**
   * Looks at a file.
   *
   * @param base the U-Net that it is to steer
   * @throws ConfigException if it holds no ControlNet, saying what it seems to be
   */
  public static ControlNetFile of(Path path, UNet2DConditionConfig base) {
    try (TensorFile file = ScaledTensors.open(path)) {
      for (String prefix : new String[] {"", "control_model.", "controlnet."}) {
        boolean control = file.names().contains(prefix + LDM);
        if (control && file.names().contains("lora_controlnet")) {
          break;
        }
        if (control || file.names().contains(prefix + OURS)) {
          KeyMapping table = control ? ldm(new CheckpointShapes(file, prefix)) : null;
          TensorFile named = ComponentView.of(file, prefix, table);
          ControlNetConfig config = ControlNetShapes.config(named, base);
          return new ControlNetFile(path, config, prefix, table, union(named, config));
        }
      }
      throw new ConfigException(path + " is no ControlNet: " + guess(file));
    }
  }

  private static @Nullable ControlNetUnionConfig union(TensorFile named, ControlNetConfig config) {
    CheckpointShapes s = new CheckpointShapes(named, "");
    return s.has(TASKS)
        ? ControlNetUnionConfig.of(
            config, s.size(TASKS, 0), s.count("transformer_layes.", ".ln_1.weight"))
        : null;
  }

  private static KeyMapping ldm(CheckpointShapes s) {
    List<Integer> layers = new ArrayList<>();
    List<Boolean> down = new ArrayList<>();
    int entry = 1;
    do {
      int first = entry;
      while (s.has("input_blocks." + entry + ".0.in_layers.0.weight")) {
        entry++;
      }
      layers.add(entry - first);
      down.add(s.has("input_blocks." + first + ".1.norm.weight"));
    } while (s.has("input_blocks." + entry++ + ".0.op.weight"));
    int hint = 0;
    while (s.has("input_hint_block." + 2 * hint + ".weight")) {
      hint++;
    }
    return UNetKeys.ofControlNet(layers, down, hint);
  }

  private static String guess(TensorFile file) {
    if (any(file, "lora_controlnet")) {
      return "it is a Control-LoRA, which is not supported; use the ControlNet itself";
    }
    if (any(file, "lllite")) {
      return "it is a ControlNet-LLLite, which is not supported; use a ControlNet";
    }
    if (any(file, "lora_") || any(file, "hada_")) {
      return "it looks like a LoRA";
    }
    if (any(file, "ip_adapter.") || any(file, "image_proj.")) {
      return "it looks like an IP-Adapter";
    }
    if (any(file, "motion_modules")) {
      return "it looks like a motion module";
    }
    if (any(file, "model.diffusion_model.") || any(file, "up_blocks.")) {
      return "it looks like a whole model or its U-Net";
    }
    String first = file.names().isEmpty() ? "nothing" : file.names().iterator().next();
    return "it has neither " + OURS + " nor " + LDM + "; it holds " + first + ", ...";
  }

  private static boolean any(TensorFile file, String part) {
    return file.names().stream().anyMatch(n -> n.contains(part));
  }

  /** Its parameters under diffusers' names. */
  public TensorFile open() {
    return ComponentView.of(ScaledTensors.open(path), prefix, table);
  }
}
