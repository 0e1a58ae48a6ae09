package io.github.tcd4j.models.lora;

import io.github.tcd4j.models.files.Component;
import io.github.tcd4j.models.files.KeyMapping;
import io.github.tcd4j.models.files.UNetKeys;
import io.github.tcd4j.models.layers.LayerShape;
import io.github.tcd4j.models.lora.delta.LoraException;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The keys that a style gives to a layer's factors; what {@link LoraKey} reads.
 *
 * @param twoTexts whether the model has two text encoders, which kohya numbers
 * @param sgm the U-Net's names in sgm; null where they are diffusers'
 */
record LoraKeyWriter(LoraStyle style, boolean twoTexts, @Nullable KeyMapping sgm) {
  /** For files that belong to a model of these networks. */
  static LoraKeyWriter of(LoraStyle style, Map<Component, List<LayerShape>> networks) {
    List<LayerShape> unet = networks.getOrDefault(Component.UNET, List.of());
    boolean sgm = style == LoraStyle.KOHYA_SGM;
    return new LoraKeyWriter(
        style,
        networks.containsKey(Component.TEXT_ENCODER_2),
        sgm ? UNetKeys.of(unet.stream().map(LayerShape::path).toList()) : null);
  }

  boolean kohya() {
    return style == LoraStyle.KOHYA || style == LoraStyle.KOHYA_SGM;
  }

  /** The key without the ending. */
  String module(Component component, String path) {
    String p = path;
    if (component != Component.UNET && p.startsWith("encoder.")) {
      p = "text_model." + p; // as all trainers write it; transformers 5 has none
    }
    if (sgm != null && component == Component.UNET) {
      String theirs = sgm.theirs(p);
      if (theirs == null) {
        throw new LoraException("layer " + p + " has no name in sgm");
      }
      p = theirs;
    }
    return switch (style) {
      case KOHYA, KOHYA_SGM -> kohyaPrefix(component) + p.replace('.', '_');
      case DIFFUSERS_OLD -> component.folder() + "." + old(component, p);
      default -> component.folder() + "." + p;
    };
  }

  private String kohyaPrefix(Component component) {
    return component == Component.TEXT_ENCODER && twoTexts
        ? "lora_te1_"
        : component.kohyaPrefixes().get(0);
  }

  /** Projections of the U-Net's attentions stand in a processor. */
  private static String old(Component component, String path) {
    if (component != Component.UNET) {
      return path + ".lora_linear_layer";
    }
    int dot = path.lastIndexOf('.', path.endsWith(".to_out.0") ? path.length() - 3 : path.length());
    String end = path.substring(dot + 1);
    return end.matches("to_(q|k|v|out\\.0)") && path.contains(".attn")
        ? path.substring(0, dot + 1) + "processor." + end.replace(".0", "") + "_lora"
        : path + ".lora";
  }

  String down() {
    return ending(".lora_A.weight", ".lora_down.weight", ".down.weight");
  }

  String up() {
    return ending(".lora_B.weight", ".lora_up.weight", ".up.weight");
  }

  private String ending(String peft, String kohya, String old) {
    return switch (style) {
      case KOHYA, KOHYA_SGM -> kohya;
      case DIFFUSERS_OLD -> old;
      default -> peft;
    };
  }
}
