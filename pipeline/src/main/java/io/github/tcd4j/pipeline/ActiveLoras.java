package io.github.tcd4j.pipeline;

import io.github.tcd4j.models.layers.LayerShape;
import io.github.tcd4j.models.lora.FusedLora;
import io.github.tcd4j.models.lora.LoraAdapter;
import io.github.tcd4j.models.lora.LoraBinding;
import io.github.tcd4j.models.lora.LoraComponent;
import io.github.tcd4j.models.lora.LoraFile;
import io.github.tcd4j.models.unet.SEmbedding;
import io.github.tcd4j.tensor.Scope;
import io.github.tcd4j.tensor.Tensor;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The LoRAs that a pipeline's networks have in their weights at the moment. One request at a time
 * paints with them, so fusing is safe here and saves two small operations in each layer.
 */
final class ActiveLoras implements AutoCloseable {
  private final ModelFolder folder;
  private final Networks networks;
  private List<AppliedLora> active = List.of();
  private final List<FusedLora> fused = new ArrayList<>();
  private final List<SEmbedding> destinations = new ArrayList<>();

  ActiveLoras(ModelFolder folder, Networks networks) {
    this.folder = folder;
    this.networks = networks;
  }

  /**
   * Makes these the ones in the weights, one after the other; others are taken out.
   *
   * @param strict whether a key that finds no layer is an error
   */
  void use(List<AppliedLora> wanted, boolean strict, Progress progress) {
    if (wanted.equals(active) && !strict) {
      return;
    }
    close();
    Map<LoraComponent, List<LoraAdapter>> adapters = new EnumMap<>(LoraComponent.class);
    networks.parameters().keySet().forEach(c -> adapters.put(c, new ArrayList<>()));
    List<SEmbedding> told = new ArrayList<>();
    try (Scope scope = Scope.inference()) {
      for (AppliedLora lora : wanted) {
        LoraBinding binding = bind(lora);
        progress.note("LoRA " + lora.name() + ": " + binding.report());
        if (strict) {
          binding.requireAll(lora.name());
        }
        adapters.forEach((c, list) -> list.add(binding.adapter(c).weighted(lora.weight())));
        tell(lora, progress).ifPresent(told::add);
      }
      networks
          .parameters()
          .forEach((c, p) -> fused.add(FusedLora.fuse(p, adapters.getOrDefault(c, List.of()))));
      told.forEach(d -> d.parameters().values().forEach(scope::disown));
      destinations.addAll(told);
    }
    active = List.copyOf(wanted);
  }

  /** By which the network is told s; nothing where the LoRA is blind to it. */
  private Optional<SEmbedding> tell(AppliedLora lora, Progress progress) {
    Path file = folder.lora(lora.name());
    Optional<Sidecar> sidecar = Sidecar.of(file);
    if (sidecar.isEmpty() && Files.exists(SEmbedding.beside(file))) {
      progress.note(
          ("LoRA " + lora.name() + " is blind to the destination; not used: ")
              + SEmbedding.beside(file));
    }
    return sidecar.map(
        s -> {
          progress.note("LoRA " + lora.name() + ": told the destination by " + s.file());
          return s.read(networks.unet.config(), networks.device).weighted(lora.weight());
        });
  }

  /** By which the active LoRAs are told s; empty where all of them are blind to it. */
  List<SEmbedding> destinations() {
    return destinations;
  }

  private LoraBinding bind(AppliedLora lora) {
    Map<LoraComponent, List<LayerShape>> layers = new EnumMap<>(LoraComponent.class);
    networks.parameters().forEach((c, p) -> layers.put(c, LayerShape.of(p)));
    return LoraFile.read(folder.lora(lora.name())).bind(layers);
  }

  /** Takes all out of the weights. */
  @Override
  public void close() {
    fused.forEach(FusedLora::unfuse);
    fused.clear();
    destinations.forEach(d -> d.parameters().values().forEach(Tensor::close));
    destinations.clear();
    active = List.of();
  }
}
