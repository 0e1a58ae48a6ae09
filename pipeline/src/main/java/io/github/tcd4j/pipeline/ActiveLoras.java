package io.github.tcd4j.pipeline;

import io.github.tcd4j.models.layers.LayerShape;
import io.github.tcd4j.models.lora.FusedLora;
import io.github.tcd4j.models.lora.LoraAdapter;
import io.github.tcd4j.models.lora.LoraBinding;
import io.github.tcd4j.models.lora.LoraComponent;
import io.github.tcd4j.models.lora.LoraFile;
import io.github.tcd4j.tensor.Scope;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The LoRAs that a pipeline's networks have in their weights at the moment. One request at a time
 * paints with them, so fusing is safe here and saves two small operations in each layer.
 */
final class ActiveLoras implements AutoCloseable {
  private final ModelFolder folder;
  private final Networks networks;
  private List<AppliedLora> active = List.of();
  private @Nullable FusedLora unet;
  private @Nullable FusedLora text;

  ActiveLoras(ModelFolder folder, Networks networks) {
    this.folder = folder;
    this.networks = networks;
  }

  /** Makes these the ones in the weights, with their sum if several; others are taken out. */
  void use(List<AppliedLora> wanted, Progress progress) {
    if (wanted.equals(active)) {
      return;
    }
    close();
    List<LoraAdapter> unetAdapters = new ArrayList<>();
    List<LoraAdapter> textAdapters = new ArrayList<>();
    try (Scope scope = Scope.inference()) {
      for (AppliedLora lora : wanted) {
        LoraBinding binding = bind(lora);
        progress.note("LoRA " + lora.name() + ": " + binding.report());
        unetAdapters.add(binding.unet().weighted(lora.weight()));
        textAdapters.add(binding.adapter(LoraComponent.TEXT_ENCODER).weighted(lora.weight()));
      }
      unet = FusedLora.fuse(networks.unetParameters, unetAdapters);
      text = FusedLora.fuse(networks.textParameters, textAdapters);
    }
    active = List.copyOf(wanted);
  }

  private LoraBinding bind(AppliedLora lora) {
    return LoraFile.read(folder.lora(lora.name()))
        .bind(
            Map.of(
                LoraComponent.UNET, LayerShape.of(networks.unetParameters),
                LoraComponent.TEXT_ENCODER, LayerShape.of(networks.textParameters)));
  }

  /** Takes all out of the weights. */
  @Override
  public void close() {
    if (unet != null) {
      unet.unfuse();
      unet = null;
    }
    if (text != null) {
      text.unfuse();
      text = null;
    }
    active = List.of();
  }
}
