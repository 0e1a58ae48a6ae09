package io.github.tcd4j.models.lora;

import io.github.tcd4j.models.layers.LayerShape;
import io.github.tcd4j.models.layers.WeightChange;
import io.github.tcd4j.tensor.Scope;
import io.github.tcd4j.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * DoRA's m as a file holds it. Which way it lies is told by its shape, never by its length, as
 * square layers have both the same: (out, 1, ...) or no second dimension are rows, (1, in, ...)
 * columns. What peft writes is always rows.
 *
 * @param peft whether peft wrote it
 */
public record Magnitude(Tensor values, boolean peft) {
  /** A change with its magnitude, or null where this does not fit the layer. */
  @Nullable WeightChange of(WeightChange.Additive change, LayerShape layer) {
    boolean rows = peft || values.dim() < 2 || values.size(0) == values.numel();
    if (values.numel() != (rows ? layer.out() : layer.in())
        || !rows && values.size(1) != layer.in()) {
      return null;
    }
    long[] shape = layer.convolution() ? new long[] {1, 1, 1, 1} : new long[] {1, 1};
    shape[rows ? 0 : 1] = values.numel();
    try (Scope scope = Scope.inference()) {
      Tensor m = scope.keep(values.reshape(shape).copy());
      return new WeightDecomposed(change, m, rows, peft, 1);
    }
  }
}
