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
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

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
    try (Scope scope = Scope.inference()) {
      for (AppliedLora lora : wanted) {
        LoraBinding binding = bind(lora);
        progress.note("LoRA " + lora.name() + ": " + binding.report());
        if (strict) {
          binding.requireAll(lora.name());
        }
        adapters.forEach((c, list) -> list.add(binding.adapter(c).weighted(lora.weight())));
        Sidecar.of(folder.lora(lora.name()))
            .ifPresent(
                sidecar -> {
                  progress.note(
                      "LoRA " + lora.name() + ": told the destination by " + sidecar.file());
                  destinations.add(read(scope, sidecar).weighted(lora.weight()));
                });
      }
      networks
          .parameters()
          .forEach((c, p) -> fused.add(FusedLora.fuse(p, adapters.getOrDefault(c, List.of()))));
    }
    active = List.copyOf(wanted);
  }

  private SEmbedding read(Scope scope, Sidecar sidecar) {
    SEmbedding embedding = sidecar.read(networks.unet.config(), networks.device);
    embedding.parameters().values().forEach(scope::disown);
    return embedding;
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
