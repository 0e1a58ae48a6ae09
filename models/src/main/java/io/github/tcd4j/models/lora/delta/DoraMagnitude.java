package io.github.tcd4j.models.lora.delta;

import io.github.tcd4j.models.layers.LayerShape;
import io.github.tcd4j.models.layers.WeightChange;
import io.github.tcd4j.tensor.Scope;
import io.github.tcd4j.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * DoRA's m as a file holds it. Its direction follows from its shape, never from its length, as
 * square layers have both the same: (out, 1, ...) or no second dimension are rows, (1, in, ...)
 * columns. What peft writes is always rows.
 *
 * @param peft whether peft wrote it
 */
public record DoraMagnitude(Tensor values, boolean peft) {
  /** A change with its magnitude, or null where this does not fit the layer. */
  public @Nullable WeightChange of(WeightChange.Additive change, LayerShape layer) {
    if (!fits(layer)) {
      return null;
    }
    try (Scope scope = Scope.inference()) {
      return new DoraChange(change, scope.keep(lying(layer).copy()), rows(), peft, 1);
    }
  }

  private boolean rows() {
    return peft || values.dim() < 2 || values.size(0) == values.numel();
  }

  private boolean fits(LayerShape layer) {
    return values.numel() == (rows() ? layer.out() : layer.in())
        && (rows() || values.size(1) == layer.in());
  }

  /** Lying as the layer's weight does, as LyCORIS writes it. */
  public Tensor lying(LayerShape layer) {
    long[] shape = layer.convolution() ? new long[] {1, 1, 1, 1} : new long[] {1, 1};
    shape[rows() ? 0 : 1] = values.numel();
    return values.reshape(shape);
  }

  /** As peft writes it; null where it has an entry for each input. */
  public @Nullable Tensor forPeft(LayerShape layer) {
    if (!rows()) {
      return null;
    }
    return layer.convolution()
        ? values.reshape(1, values.numel(), 1, 1)
        : values.reshape(values.numel());
  }
}
