package io.github.tcd4j.models.lora.delta;

import io.github.tcd4j.models.layers.LayerShape;
import io.github.tcd4j.models.layers.WeightChange;

/** The tensors that one module of a file makes its change of, not yet bound to a layer. */
public sealed interface LoraFactors permits LowRank, Lycoris, WholeTensor {
  /** Rows of the change as a matrix. */
  long out();

  /** Columns of the change as a matrix: input features, or channels x kernel area. */
  long fanIn();

  /** What the field calls such a change. */
  String kind();

  /** What alpha is divided by; 0 where whole matrices stand, which are not scaled. */
  long rank();

  /** The change times a factor, for a layer of just this many rows and columns. */
  WeightChange bound(LayerShape layer, double scale);
}
