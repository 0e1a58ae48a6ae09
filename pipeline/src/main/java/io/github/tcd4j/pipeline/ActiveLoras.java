package io.github.tcd4j.pipeline;

import io.github.tcd4j.models.layers.LayerShape;
import io.github.tcd4j.models.lora.FusedLora;
import io.github.tcd4j.models.lora.LoraAdapter;
import io.github.tcd4j.models.lora.LoraBinding;
import io.github.tcd4j.models.lora.LoraComponent;
import io.github.tcd4j.models.lora.LoraFile;
import io.github.tcd4j.pipeline.ModelFolder.Part;
import io.github.tcd4j.tensor.Tensor;
import io.github.tcd4j.tensor.TensorFile;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;

/**
 * The LoRAs that a model paints with at the moment: what they make of its weights as these are
 * read. One request at a time paints, so that nobody else sees the change, and it costs nothing in
 * the steps. Others, or none, are had by reading the weights anew.
 */
final class ActiveLoras {
  private static final Map<LoraComponent, Part> PARTS =
      Map.of(
          LoraComponent.UNET, Part.UNET,
          LoraComponent.TEXT_ENCODER, Part.TEXT_ENCODER,
          LoraComponent.TEXT_ENCODER_2, Part.TEXT_ENCODER_2);

  private final ModelFolder folder;
  private List<AppliedLora> active = List.of();

  ActiveLoras(ModelFolder folder) {
    this.folder = folder;
  }

  boolean are(List<AppliedLora> wanted) {
    return wanted.equals(active);
  }

  /**
   * Binds these to the model, with their sum if several. The changes look into tensors of the scope
   * that is open here.
   */
  Map<Part, Map<String, UnaryOperator<Tensor>>> use(List<AppliedLora> wanted, Progress progress) {
    Map<LoraComponent, List<LayerShape>> layers = wanted.isEmpty() ? Map.of() : layers();
    Map<Part, List<LoraAdapter>> adapters = new EnumMap<>(Part.class);
    for (AppliedLora lora : wanted) {
      LoraBinding binding = LoraFile.read(folder.lora(lora.name())).bind(layers);
      progress.note("LoRA " + lora.name() + ": " + binding.report());
      binding
          .adapters()
          .forEach(
              (component, adapter) ->
                  adapters
                      .computeIfAbsent(PARTS.get(component), p -> new ArrayList<>())
                      .add(adapter.weighted(lora.weight())));
    }
    Map<Part, Map<String, UnaryOperator<Tensor>>> changes = new EnumMap<>(Part.class);
    adapters.forEach((part, list) -> changes.put(part, FusedLora.changes(list)));
    active = List.copyOf(wanted);
    return changes;
  }

  /** What a LoRA can stand beside, by the shapes in the files alone. */
  private Map<LoraComponent, List<LayerShape>> layers() {
    Map<LoraComponent, List<LayerShape>> layers = new EnumMap<>(LoraComponent.class);
    List<Part> parts = folder.parts();
    PARTS.forEach(
        (component, part) -> {
          if (parts.contains(part)) {
            try (TensorFile file = folder.openWeights(part)) {
              layers.put(component, LayerShape.of(file));
            }
          }
        });
    return layers;
  }
}
