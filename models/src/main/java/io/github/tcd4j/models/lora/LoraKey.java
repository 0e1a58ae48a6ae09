package io.github.tcd4j.models.lora;

import io.github.tcd4j.models.files.Component;
import io.github.tcd4j.models.lora.delta.Lycoris;
import io.github.tcd4j.models.motion.MotionKeys;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The key of a tensor in a LoRA file, taken apart.
 *
 * @param module the key without its ending, the same for the two factors and the alpha of a layer
 * @param path path of the layer in its network; in kohya style all dots are underscores
 */
record LoraKey(LoraStyle style, Component component, String module, String path, Part part) {
  enum Part {
    DOWN,
    UP,
    /** Kernel between the two factors, in Tucker's form. */
    MID,
    ALPHA,
    /** DoRA's. */
    MAGNITUDE,
    /** Of LyCORIS' LoHa, LoKr, GLoRA and (IA)^3, their kernels included. */
    FACTOR,
    /** What is added to a weight, whole. */
    WEIGHT,
    /** What is added to a bias. */
    BIAS,
    /** A weight that takes the place of the old one. */
    NEW_WEIGHT,
    /** The shape that ComfyUI pads a weight to before it is changed. */
    SHAPE
  }

  private record Ending(String text, Part part, LoraStyle style) {}

  private static final List<Ending> ENDINGS =
      List.of(
          new Ending(".lora_A.weight", Part.DOWN, LoraStyle.PEFT_DIFFUSERS),
          new Ending(".lora_B.weight", Part.UP, LoraStyle.PEFT_DIFFUSERS),
          new Ending(".lora_A.default.weight", Part.DOWN, LoraStyle.PEFT_DIFFUSERS),
          new Ending(".lora_B.default.weight", Part.UP, LoraStyle.PEFT_DIFFUSERS),
          new Ending(".lora_A", Part.DOWN, LoraStyle.PEFT_DIFFUSERS),
          new Ending(".lora_B", Part.UP, LoraStyle.PEFT_DIFFUSERS),
          new Ending(".lora_magnitude_vector", Part.MAGNITUDE, LoraStyle.PEFT_DIFFUSERS),
          new Ending(".lora_magnitude_vector.weight", Part.MAGNITUDE, LoraStyle.PEFT_DIFFUSERS),
          new Ending(
              ".lora_magnitude_vector.default.weight", Part.MAGNITUDE, LoraStyle.PEFT_DIFFUSERS),
          new Ending(".lora_mid.weight", Part.MID, LoraStyle.KOHYA),
          new Ending(".dora_scale", Part.MAGNITUDE, LoraStyle.KOHYA),
          new Ending(".lora_down.weight", Part.DOWN, LoraStyle.KOHYA),
          new Ending(".lora_up.weight", Part.UP, LoraStyle.KOHYA),
          new Ending(".lora_linear_layer.down.weight", Part.DOWN, LoraStyle.DIFFUSERS_OLD),
          new Ending(".lora_linear_layer.up.weight", Part.UP, LoraStyle.DIFFUSERS_OLD),
          new Ending(".lora.down.weight", Part.DOWN, LoraStyle.DIFFUSERS_OLD),
          new Ending(".lora.up.weight", Part.UP, LoraStyle.DIFFUSERS_OLD),
          new Ending("_lora.down.weight", Part.DOWN, LoraStyle.DIFFUSERS_OLD),
          new Ending("_lora.up.weight", Part.UP, LoraStyle.DIFFUSERS_OLD),
          new Ending(".diff", Part.WEIGHT, LoraStyle.KOHYA),
          new Ending(".w_norm", Part.WEIGHT, LoraStyle.KOHYA),
          new Ending(".diff_b", Part.BIAS, LoraStyle.KOHYA),
          new Ending(".b_norm", Part.BIAS, LoraStyle.KOHYA),
          new Ending(".set_weight", Part.NEW_WEIGHT, LoraStyle.KOHYA),
          new Ending(".reshape_weight", Part.SHAPE, LoraStyle.KOHYA),
          new Ending(".a1.weight", Part.FACTOR, LoraStyle.KOHYA),
          new Ending(".a2.weight", Part.FACTOR, LoraStyle.KOHYA),
          new Ending(".b1.weight", Part.FACTOR, LoraStyle.KOHYA),
          new Ending(".b2.weight", Part.FACTOR, LoraStyle.KOHYA),
          new Ending(".bm.weight", Part.FACTOR, LoraStyle.KOHYA),
          new Ending(".on_input", Part.FACTOR, LoraStyle.KOHYA),
          new Ending(".alpha", Part.ALPHA, LoraStyle.KOHYA));

  private static final String RAW = "base_model.model.";

  /** Whether the tensor is one that a change is made of, so that its file is a LoRA. */
  boolean isFactor() {
    return switch (part) {
      case DOWN, FACTOR, WEIGHT, BIAS, NEW_WEIGHT -> true;
      default -> false;
    };
  }

  /** Null where the key is of no style known here. */
  static @Nullable LoraKey parse(String key) {
    for (Ending ending : ENDINGS) {
      if (key.endsWith(ending.text)) {
        String module = key.substring(0, key.length() - ending.text.length());
        return parse(module, ending);
      }
    }
    int dot = key.lastIndexOf('.');
    if (dot > 0 && (Lycoris.knows(key.substring(dot + 1)) || ofChannels(key, dot))) {
      Ending factor = new Ending(key.substring(dot), Part.FACTOR, LoraStyle.KOHYA);
      return parse(key.substring(0, dot), factor);
    }
    return null;
  }

  /** Whether it is (IA)^3's {@code .weight}, of a module in kohya's names, which have no dots. */
  private static boolean ofChannels(String key, int dot) {
    return key.indexOf('.') == dot
        && key.endsWith(".weight")
        && Stream.of(Component.values())
            .flatMap(c -> c.kohyaPrefixes().stream())
            .anyMatch(key::startsWith);
  }

  private static @Nullable LoraKey parse(String module, Ending ending) {
    for (Component c : Component.values()) {
      for (String prefix : c.kohyaPrefixes()) {
        if (module.startsWith(prefix)) {
          String path = module.substring(prefix.length());
          return new LoraKey(LoraStyle.KOHYA, c, module, path, ending.part);
        }
      }
    }
    String path = module;
    LoraStyle style = ending.style == LoraStyle.KOHYA ? LoraStyle.DIFFUSERS_OLD : ending.style;
    if (path.startsWith(RAW)) {
      path = path.substring(RAW.length());
      style = LoraStyle.PEFT_RAW;
    }
    Component component = Component.UNET;
    search:
    for (Component c : Component.values()) {
      for (String prefix : c.dottedPrefixes()) {
        if (path.startsWith(prefix)) {
          component = c;
          path = path.substring(prefix.length());
          break search;
        }
      }
    }
    return new LoraKey(style, component, module, plain(component, path, ending), ending.part);
  }

  /**
   * Attention processors of old diffusers: attn1.processor.to_out is layer attn1.to_out.0, and a
   * text encoder's self_attn.to_q is its q_proj.
   */
  private static String plain(Component component, String path, Ending ending) {
    String p = path.replace(".processor.", ".");
    p = p.contains(MotionKeys.MODULES) ? MotionKeys.ours(p) : p;
    if (!ending.text.startsWith("_lora") && !ending.text.startsWith(".lora.")) {
      return p;
    }
    if (component != Component.UNET) {
      return p.replaceFirst("\\.to_(q|k|v|out)(\\.0)?$", ".$1_proj");
    }
    return p.endsWith(".to_out") ? p + ".0" : p;
  }
}
