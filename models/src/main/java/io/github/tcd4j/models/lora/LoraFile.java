package io.github.tcd4j.models.lora;

import io.github.tcd4j.models.files.Component;
import io.github.tcd4j.models.files.NonFinite;
import io.github.tcd4j.models.layers.LayerShape;
import io.github.tcd4j.models.lora.delta.LoraException;
import io.github.tcd4j.tensor.DType;
import io.github.tcd4j.tensor.Scope;
import io.github.tcd4j.tensor.Tensor;
import io.github.tcd4j.tensor.file.TensorFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A LoRA file of any of the styles in {@link LoraStyle}, read and taken apart. The tensors are
 * float32 copies that belong to the scope that was open at {@link #read}.
 *
 * @param file where it was read
 * @param styles the styles found in it
 * @param modules the deltas, in the file's order
 * @param strays keys that are no part of a delta
 * @param metadata what it says of itself; null where it is not one of ours
 */
public record LoraFile(
    Path file,
    Set<LoraStyle> styles,
    List<LoraModule> modules,
    List<String> strays,
    @Nullable LoraMetadata metadata) {
  /**
   * Reads a file.
   *
   * @throws LoraException if there is none, it holds no LoRA, or it holds another kind of adapter
   */
  public static LoraFile read(Path file) {
    if (!Files.isRegularFile(file)) {
      throw new LoraException("LoRA file " + file + " does not exist");
    }
    try (Scope scope = Scope.inference();
        TensorFile tensors = TensorFile.open(file)) {
      Set<LoraStyle> styles = EnumSet.noneOf(LoraStyle.class);
      List<String> strays = new ArrayList<>();
      Map<String, LoraTensors> found = new LinkedHashMap<>();
      for (String name : tensors.names()) {
        RefusedAdapters.check(file, name);
        LoraKey key = LoraKey.parse(name);
        if (key == null) {
          strays.add(name);
          continue;
        }
        styles.add(key.style());
        // Both styles of ending may name one module; alpha comes with either.
        found
            .computeIfAbsent(key.module(), m -> new LoraTensors())
            .put(key, name, own(scope, file, name, tensors.get(name)), tensors.dtype(name));
      }
      PeftAlphas alphas = PeftAlphas.of(file, tensors.metadata());
      List<LoraModule> modules = new ArrayList<>();
      found.forEach(
          (name, parts) -> {
            LoraModule module = parts.module(name, alphas, scope);
            modules.addAll(parts.whole());
            if (module != null) {
              modules.add(module);
            } else if (parts.incomplete()) {
              strays.add(parts.alphaAlone() ? name + LoraMatchReport.ALPHA : name);
            }
          });
      if (modules.isEmpty()) {
        throw new LoraException(
            file + " holds no LoRA: none of its " + tensors.names().size() + " keys is a factor");
      }
      LoraMetadata metadata = LoraMetadata.of(tensors.metadata());
      return new LoraFile(file, styles, List.copyOf(modules), List.copyOf(strays), metadata);
    }
  }

  private static Tensor own(Scope scope, Path file, String name, Tensor t) {
    if (NonFinite.isDamaged(t)) {
      throw new LoraException(
          NonFinite.sentence("LoRA " + file, name)
              + ": its training diverged, or the file is damaged; use another");
    }
    return scope.keep(t.to(DType.F32).channelsLast().copy());
  }

  /** Whether a file holds factors of a LoRA, and not a model or anything else. */
  public static boolean isOne(Path file) {
    try (TensorFile tensors = TensorFile.open(file)) {
      return tensors.names().stream()
          .map(LoraKey::parse)
          .anyMatch(key -> key != null && key.isFactor());
    }
  }

  /** Binds the deltas for the U-Net to its layers; the rest is reported as unmatched. */
  public LoraBinding bind(List<LayerShape> unetLayers) {
    return bind(Map.of(Component.UNET, unetLayers));
  }

  /**
   * Binds the deltas to the layers of the given networks.
   *
   * @throws LoraException if not one finds its layer
   */
  public LoraBinding bind(Map<Component, List<LayerShape>> networks) {
    return LoraBinding.of(this, networks);
  }
}
