package io.github.tcd4j.models.lora;

import io.github.tcd4j.models.files.KeyTable;
import io.github.tcd4j.models.files.UNetKeys;
import io.github.tcd4j.models.layers.Adapters;
import io.github.tcd4j.models.layers.LayerShape;
import io.github.tcd4j.tensor.Scope;
import io.github.tcd4j.tensor.Tensor;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The modules of a LoRA file, each at the layer of the network that it names. Underscored names are
 * looked up in a table made from the network's own paths, never taken apart by rules.
 *
 * @param adapters one adapter for each network that got at least one delta
 */
public record LoraBinding(Map<LoraComponent, LoraAdapter> adapters, MatchReport report) {
  /** What acts on the U-Net; an adapter without deltas where nothing does. */
  public LoraAdapter unet() {
    return adapter(LoraComponent.UNET);
  }

  public LoraAdapter adapter(LoraComponent component) {
    return adapters.getOrDefault(component, LoraAdapter.of(Map.of()));
  }

  static LoraBinding of(LoraFile file, Map<LoraComponent, List<LayerShape>> networks) {
    Map<LoraComponent, Map<String, Adapters.Delta>> deltas = new EnumMap<>(LoraComponent.class);
    List<String> matched = new ArrayList<>();
    List<String> unmatched = new ArrayList<>();
    Map<LoraComponent, Map<String, LayerShape>> tables = new EnumMap<>(LoraComponent.class);
    networks.forEach((component, layers) -> tables.put(component, table(layers)));
    Map<String, LayerShape> unet = tables.get(LoraComponent.UNET);
    if (unet != null) {
      addLdmNames(unet, networks.getOrDefault(LoraComponent.UNET, List.of()));
    }
    for (LoraModule module : file.modules()) {
      Map<String, LayerShape> table = tables.get(module.component());
      if (table == null) {
        unmatched.add(module.name() + " (is for " + module.component().folder() + ")");
        continue;
      }
      LayerShape layer = find(table, module.path());
      Adapters.Delta delta = layer == null ? null : delta(module, layer);
      if (layer == null || delta == null) {
        unmatched.add(module.name() + reason(module, layer));
        continue;
      }
      matched.add(module.name());
      deltas
          .computeIfAbsent(module.component(), c -> new LinkedHashMap<>())
          .put(layer.path(), delta);
    }
    file.strays().forEach(s -> unmatched.add(s + " (is no part of a LoRA)"));
    MatchReport report = new MatchReport(matched, unmatched);
    if (matched.isEmpty()) {
      throw new LoraException(
          "LoRA "
              + file.file()
              + " matches nothing in this model ("
              + report
              + "); is it made for another base model?");
    }
    Map<LoraComponent, LoraAdapter> adapters = new EnumMap<>(LoraComponent.class);
    deltas.forEach((component, d) -> adapters.put(component, LoraAdapter.of(d)));
    return new LoraBinding(adapters, report);
  }

  /** Layers by their path, and by their path with underscores. */
  private static Map<String, LayerShape> table(List<LayerShape> layers) {
    Map<String, LayerShape> table = new LinkedHashMap<>();
    for (LayerShape layer : layers) {
      table.put(layer.path(), layer);
      LayerShape twin = table.put(layer.path().replace('.', '_'), layer);
      if (twin != null && !twin.path().equals(layer.path())) {
        throw new LoraException(
            layer.path() + " and " + twin.path() + " are one name where dots are underscores");
      }
    }
    return table;
  }

  /** The names that the U-Net's layers have in ldm and sgm, which kohya's SDXL files use. */
  private static void addLdmNames(Map<String, LayerShape> table, List<LayerShape> layers) {
    KeyTable names = UNetKeys.of(layers.stream().map(LayerShape::path).toList());
    for (LayerShape layer : layers) {
      String theirs = names.theirs(layer.path());
      if (theirs != null) {
        table.putIfAbsent(theirs, layer);
        table.putIfAbsent(theirs.replace('.', '_'), layer);
      }
    }
  }

  /** Text encoders are saved with and without a first {@code text_model}. */
  private static @Nullable LayerShape find(Map<String, LayerShape> table, String path) {
    for (String prefix : new String[] {"", "text_model.", "text_model_"}) {
      LayerShape longer = table.get(prefix + path);
      if (longer != null) {
        return longer;
      }
      LayerShape shorter =
          path.startsWith(prefix) ? table.get(path.substring(prefix.length())) : null;
      if (shorter != null) {
        return shorter;
      }
    }
    return null;
  }

  private static String reason(LoraModule module, @Nullable LayerShape layer) {
    return layer == null
        ? " (no such layer)"
        : " (factors " + module.down() + ", " + module.up() + " do not fit " + layer + ")";
  }

  /** The factors in the layer's own shape, or null where they cannot have it. */
  private static Adapters.@Nullable Delta delta(LoraModule module, LayerShape layer) {
    long r = module.rank();
    Tensor down = module.down();
    Tensor up = module.up();
    if (down.numel() != r * layer.fanIn() || up.numel() != layer.out() * r) {
      return null;
    }
    // A 1x1 convolution and a linear layer are the same product, and files mix their shapes.
    if (layer.convolution()) {
      down = shaped(down, r, layer.in(), layer.kernelHeight(), layer.kernelWidth());
      up = shaped(up, layer.out(), r, 1, 1);
    } else {
      down = shaped(down, r, layer.in());
      up = shaped(up, layer.out(), r);
    }
    return new Adapters.Delta(down, up, module.scale());
  }

  private static Tensor shaped(Tensor t, long... shape) {
    if (java.util.Arrays.equals(t.shape(), shape)) {
      return t;
    }
    try (Scope scope = Scope.inference()) {
      return scope.keep(t.reshape(shape).channelsLast().copy());
    }
  }
}
