package io.github.tcd4j.models.lora;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.tcd4j.models.files.Component;
import java.util.Collection;
import java.util.EnumMap;
import java.util.Map;
import java.util.TreeMap;

/**
 * The configuration that diffusers writes beside factors in PEFT's names, entry {@code
 * lora_adapter_metadata} of the header: without it alpha would be the rank. Read by {@link
 * PeftAlphas}.
 */
final class PeftHeader {
  static final String ENTRY = "lora_adapter_metadata";

  /** What it says of one layer. */
  private record Layer(long rank, double alpha, boolean dora) {}

  private final Map<Component, Map<String, Layer>> components = new EnumMap<>(Component.class);

  /**
   * Notes a layer. Without the text encoders' {@code text_model.}, its path is the end of their
   * modules' names in every version of transformers, and so peft finds it.
   */
  void put(Component component, String path, LoraModule module) {
    long r = module.factors().rank();
    components
        .computeIfAbsent(component, c -> new TreeMap<>())
        .put(
            path.replaceFirst("^text_model\\.", ""),
            new Layer(r, module.scale() * r, module.magnitude() != null));
  }

  /** The entry; nothing where all alphas are what they are without one. */
  Map<String, String> entries() {
    boolean plain =
        components.values().stream()
            .map(Map::values)
            .flatMap(Collection::stream)
            .allMatch(layer -> layer.alpha == layer.rank);
    if (plain) {
      return Map.of();
    }
    ObjectNode o = new ObjectMapper().createObjectNode();
    components.forEach((component, layers) -> write(o, component.folder() + ".", layers));
    return Map.of(ENTRY, o.toString());
  }

  private static void write(ObjectNode o, String prefix, Map<String, Layer> layers) {
    Layer first = layers.values().iterator().next();
    o.put(prefix + "peft_type", "LORA");
    o.put(prefix + "r", first.rank).put(prefix + "lora_alpha", first.alpha);
    o.put(prefix + "use_dora", layers.values().stream().anyMatch(Layer::dora));
    o.put(prefix + "use_rslora", false);
    ObjectNode ranks = o.putObject(prefix + "rank_pattern");
    ObjectNode alphas = o.putObject(prefix + "alpha_pattern");
    layers.forEach(
        (path, layer) -> {
          if (layer.rank != first.rank) {
            ranks.put(path, layer.rank);
          }
          if (layer.alpha != first.alpha) {
            alphas.put(path, layer.alpha);
          }
        });
    layers.keySet().forEach(o.putArray(prefix + "target_modules")::add);
  }
}
