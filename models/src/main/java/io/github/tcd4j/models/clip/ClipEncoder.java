package io.github.tcd4j.models.clip;

import io.github.tcd4j.models.layers.Adapters;
import io.github.tcd4j.models.layers.Weights;
import io.github.tcd4j.tensor.Scope;
import io.github.tcd4j.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;

/** The stack of layers of either transformer; {@code CLIPEncoder} in transformers. */
record ClipEncoder(List<ClipLayer> layers) {
  static ClipEncoder of(Weights w, ClipTowerConfig c) {
    List<ClipLayer> layers = new ArrayList<>();
    for (int i = 0; i < c.numHiddenLayers(); i++) {
      layers.add(ClipLayer.of(w.at("layers").at(i), c));
    }
    return new ClipEncoder(List.copyOf(layers));
  }

  /** x (B, L, C) to x and what each layer made of it, in order. */
  List<Tensor> forward(Tensor x, boolean causal, Adapters adapters) {
    List<Tensor> hidden = new ArrayList<>();
    hidden.add(x);
    for (ClipLayer layer : layers) {
      x = layer.forward(x, causal, adapters);
      hidden.add(x);
    }
    return List.copyOf(hidden);
  }

  /** What the last layer made of x (B, L, C); the others are freed on the way. */
  Tensor last(Tensor x, boolean causal, Adapters adapters) {
    List<UnaryOperator<Tensor>> steps = new ArrayList<>();
    layers.forEach(layer -> steps.add(y -> layer.forward(y, causal, adapters)));
    return Scope.inTurn(x, steps);
  }
}
