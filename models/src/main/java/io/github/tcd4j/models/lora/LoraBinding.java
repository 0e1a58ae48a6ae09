package io.github.tcd4j.models.lora;

import io.github.tcd4j.models.files.Component;
import io.github.tcd4j.models.files.KeyMapping;
import io.github.tcd4j.models.files.UNetKeys;
import io.github.tcd4j.models.layers.LayerShape;
import io.github.tcd4j.models.layers.WeightChange;
import io.github.tcd4j.models.lora.delta.LoraException;
import io.github.tcd4j.models.motion.MotionKeys;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The modules of a LoRA file, each at the layer of the network that it names. Underscored names are
 * looked up in a table made from the network's own paths, never taken apart by rules.
 *
 * @param layers the layer of each module that has one, by the module's name
 * @param adapters one adapter for each network that got at least one change
 */
public record LoraBinding(
    Map<String, LayerShape> layers, Map<Component, LoraAdapter> adapters, LoraMatchReport report) {
  private static final Pattern TEXT_LAYER =
      Pattern.compile("(text_model[._])?encoder[._]layers[._](\\d{1,4})[._].*");

  /** What acts on the U-Net; an adapter without changes where nothing does. */
  public LoraAdapter unet() {
    return adapter(Component.UNET);
  }

  public LoraAdapter adapter(Component component) {
    return adapters.getOrDefault(component, LoraAdapter.of(Map.of()));
  }

  static LoraBinding of(LoraFile file, Map<Component, List<LayerShape>> networks) {
    Map<Component, Map<String, WeightChange>> changes = new EnumMap<>(Component.class);
    Map<Component, Map<String, WeightChange>> vectors = new EnumMap<>(Component.class);
    List<LoraMatchReport.Match> matched = new ArrayList<>();
    List<LoraMatchReport.Unmatched> unmatched = new ArrayList<>();
    Map<String, LayerShape> found = new LinkedHashMap<>();
    Map<Component, Map<String, LayerShape>> tables = new EnumMap<>(Component.class);
    networks.forEach((component, layers) -> tables.put(component, table(layers)));
    Map<String, LayerShape> unet = tables.get(Component.UNET);
    if (unet != null) {
      addLdmNames(unet, networks.getOrDefault(Component.UNET, List.of()));
    }
    for (LoraModule module : file.modules()) {
      Map<String, LayerShape> table = tables.get(module.component());
      if (table == null) {
        String network = module.component().folder();
        unmatched.add(LoraMatchReport.Unmatched.absent(module.name(), network));
        continue;
      }
      LayerShape layer = find(table, module.path());
      WeightChange change = layer == null ? null : module.of(layer);
      if (layer == null || change == null) {
        unmatched.add(unfit(module, layer, table));
        continue;
      }
      matched.add(LoraMatchReport.Match.of(module));
      found.put(module.name(), layer);
      boolean vector = module.ofVector(layer);
      WeightChange twin =
          (vector ? vectors : changes)
              .computeIfAbsent(module.component(), c -> new LinkedHashMap<>())
              .put(vector ? layer.path() + "." + module.parameter() : layer.path(), change);
      if (twin != null) {
        throw new LoraException(
            ("LoRA " + file.file() + " changes the " + module.parameter() + " of layer ")
                + (layer.path() + " twice, the second time by " + module.name()));
      }
    }
    file.strays().forEach(s -> unmatched.add(LoraMatchReport.Unmatched.stray(s)));
    LoraMatchReport report = new LoraMatchReport(matched, unmatched);
    if (matched.isEmpty()) {
      throw new LoraException(
          "LoRA "
              + file.file()
              + " matches nothing in this model ("
              + report
              + "); is it made for another base model?");
    }
    Map<Component, LoraAdapter> adapters = new EnumMap<>(Component.class);
    for (Component c : networks.keySet()) {
      if (changes.containsKey(c) || vectors.containsKey(c)) {
        adapters.put(
            c,
            LoraAdapter.of(changes.getOrDefault(c, Map.of()), vectors.getOrDefault(c, Map.of())));
      }
    }
    return new LoraBinding(found, adapters, report);
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
    KeyMapping names =
        UNetKeys.of(
            layers.stream()
                .map(LayerShape::path)
                .filter(path -> !path.contains(MotionKeys.MODULES))
                .toList());
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

  /** The layer behind the last one that is read: OpenCLIP's encoders have it for other uses. */
  private static boolean behindLast(LoraModule module, Map<String, LayerShape> table) {
    Matcher m = TEXT_LAYER.matcher(module.path());
    if (module.component() == Component.UNET || !m.matches()) {
      return false;
    }
    int index = Integer.parseInt(m.group(2));
    return index > 0
        && find(table, "encoder.layers." + (index - 1) + ".mlp.fc1") != null
        && find(table, "encoder.layers." + index + ".mlp.fc1") == null;
  }

  private static LoraMatchReport.Unmatched unfit(
      LoraModule module, @Nullable LayerShape layer, Map<String, LayerShape> table) {
    if (layer == null && behindLast(module, table)) {
      return LoraMatchReport.Unmatched.absent(module.name(), "a layer that is not read");
    }
    if (module.path().contains(MotionKeys.MODULES)
        && table.keySet().stream().noneMatch(path -> path.contains(MotionKeys.MODULES))) {
      return new LoraMatchReport.Unmatched(
          module.name(), "of a motion adapter, which the request does not have");
    }
    return layer == null
        ? new LoraMatchReport.Unmatched(module.name(), "no such layer")
        : new LoraMatchReport.Unmatched(
            module.name(), "of another shape", module.factors() + " does not fit " + layer);
  }
}
