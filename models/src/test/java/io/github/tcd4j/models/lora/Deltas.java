package io.github.tcd4j.models.lora;

import io.github.tcd4j.models.files.Component;
import io.github.tcd4j.models.layers.LayerShape;
import io.github.tcd4j.tensor.Tensor;
import io.github.tcd4j.tensor.file.SafeTensors;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/** The change of weights that all fixtures of oracle/make_lora_fixtures.py hold. */
final class Deltas {
  private Deltas() {}

  static Path fixture(String name) {
    try {
      return Path.of(Objects.requireNonNull(Deltas.class.getResource("/lora/" + name)).toURI());
    } catch (URISyntaxException e) {
      throw new IllegalStateException(e);
    }
  }

  /** Change by layer path; the tensors stay mapped as long as they live. */
  static Map<String, Tensor> of(Component component) {
    Map<String, Tensor> deltas = new LinkedHashMap<>();
    try (SafeTensors file = SafeTensors.open(fixture("deltas.safetensors"))) {
      for (String name : file.names()) {
        if (name.startsWith(component.folder() + "/")) {
          deltas.put(name.substring(component.folder().length() + 1), file.get(name));
        }
      }
    }
    return deltas;
  }

  static List<LayerShape> layers(Component component) {
    Map<String, Tensor> weights = new LinkedHashMap<>();
    of(component).forEach((path, delta) -> weights.put(path + ".weight", delta));
    return LayerShape.of(weights);
  }

  static Map<Component, List<LayerShape>> networks() {
    return Map.of(
        Component.UNET, layers(Component.UNET),
        Component.TEXT_ENCODER, layers(Component.TEXT_ENCODER));
  }

  /** Largest difference between an adapter's change of its layers and the expected ones. */
  static double worst(LoraAdapter adapter, Component component) {
    Map<String, Tensor> expected = of(component);
    double worst = 0;
    for (var e : adapter.deltas().entrySet()) {
      Tensor want = expected.get(e.getKey());
      Tensor got = e.getValue().change(want.shape());
      worst = Math.max(worst, got.minus(want).abs().max().item());
    }
    return worst;
  }
}
