package io.github.tcd4j.models.lora.delta;

import io.github.tcd4j.models.layers.Adapters;
import io.github.tcd4j.models.layers.LayerShape;
import io.github.tcd4j.models.layers.WeightChange;
import io.github.tcd4j.tensor.Scope;
import io.github.tcd4j.tensor.Tensor;
import java.util.Arrays;

/**
 * A LoRA's product B A.
 *
 * @param down A, float32, (r, in) or (r, in, kh, kw)
 * @param up B, float32, (out, r) or (out, r, 1, 1)
 */
public record LowRank(Tensor down, Tensor up) implements LoraFactors {
  @Override
  public String kind() {
    return "LoRA";
  }

  @Override
  public long out() {
    return up.size(0);
  }

  @Override
  public long fanIn() {
    return down.numel() / Math.max(1, rank());
  }

  @Override
  public long rank() {
    return down.size(0);
  }

  @Override
  public WeightChange.Additive bound(LayerShape layer, double scale) {
    LowRank pair = shaped(layer);
    return new Adapters.LoraDelta(pair.down, pair.up, scale);
  }

  /** The factors in the layer's own shape: files mix linear layers and 1x1 convolutions. */
  public LowRank shaped(LayerShape layer) {
    long r = rank();
    return layer.convolution()
        ? new LowRank(
            shaped(down, r, layer.in(), layer.kernelHeight(), layer.kernelWidth()),
            shaped(up, layer.out(), r, 1, 1))
        : new LowRank(shaped(down, r, layer.in()), shaped(up, layer.out(), r));
  }

  private static Tensor shaped(Tensor t, long... shape) {
    if (Arrays.equals(t.shape(), shape)) {
      return t;
    }
    try (Scope scope = Scope.inference()) {
      return scope.keep(t.reshape(shape).channelsLast().copy());
    }
  }
}
