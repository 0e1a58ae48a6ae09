package io.github.tcd4j.models.lora.delta;

import io.github.tcd4j.models.layers.LayerShape;
import io.github.tcd4j.models.layers.WeightChange;
import io.github.tcd4j.tensor.Tensor;
import java.util.Map;

/** The tensors that one module of a file makes its change of, not yet bound to a layer. */
public sealed interface LoraFactors permits LowRank, Lycoris, GLora, Ia3, WholeTensor {
  /** Rows of the change as a matrix. */
  long out();

  /** Columns of the change as a matrix: input features, or channels x kernel area. */
  long fanIn();

  /** Whether the weight of that layer can have such a change. */
  default boolean fits(LayerShape layer) {
    return fanIn() == layer.fanIn() && out() == layer.out();
  }

  /**
   * The tensors by the endings that their keys have in LyCORIS' files; empty where each style has
   * endings of its own.
   */
  default Map<String, Tensor> tensors() {
    return Map.of();
  }

  /** What the field calls such a change. */
  String kind();

  /** What alpha is divided by; 0 where whole matrices stand, which are not scaled. */
  long rank();

  /** The change times a factor, for a layer of just this many rows and columns. */
  WeightChange bound(LayerShape layer, double scale);
}
