package io.github.tcd4j.models.lora.delta;

import io.github.tcd4j.models.layers.LayerShape;
import io.github.tcd4j.models.layers.WeightChange;
import io.github.tcd4j.tensor.Tensor;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * LyCORIS' (IA)^3 (arXiv 2205.05638): each output or input channel of the plain network's weight
 * times 1 + its entry.
 *
 * @param values one entry for each channel, in any shape
 * @param onInput whether the channels are the layer's inputs
 */
public record Ia3(Tensor values, boolean onInput) implements LoraFactors {
  public Ia3 {
    if (values.numel() == 0) {
      throw new LoraException("(IA)^3 must have an entry for each channel but is " + values);
    }
  }

  /** The change of a module's tensors by their endings; null where one is missing. */
  public static @Nullable Ia3 of(Map<String, Tensor> f) {
    Tensor values = f.get("weight");
    Tensor side = f.get("on_input");
    return values == null || side == null ? null : new Ia3(values, side.item() != 0);
  }

  @Override
  public Map<String, Tensor> tensors() {
    Map<String, Tensor> tensors = new LinkedHashMap<>();
    tensors.put("weight", values);
    tensors.put("on_input", Tensor.scalar(onInput ? 1 : 0));
    return tensors;
  }

  @Override
  public String kind() {
    return "(IA)^3";
  }

  /** 0 where the channels are inputs. */
  @Override
  public long out() {
    return onInput ? 0 : values.numel();
  }

  /** 0 where the channels are outputs. */
  @Override
  public long fanIn() {
    return onInput ? values.numel() : 0;
  }

  @Override
  public long rank() {
    return 0;
  }

  @Override
  public boolean fits(LayerShape layer) {
    return layer.fanIn() > 0 && values.numel() == (onInput ? layer.in() : layer.out());
  }

  @Override
  public WeightChange bound(LayerShape layer, double scale) {
    return new Change(this, scale);
  }

  private record Change(Ia3 channels, double scale) implements WeightChange {
    @Override
    public Tensor applied(Tensor current, Tensor base) {
      long[] shape = new long[base.dim()];
      Arrays.fill(shape, 1);
      shape[channels.onInput ? 1 : 0] = channels.values.numel();
      Tensor factor = channels.values.reshape(shape).to(base.device());
      return current.plus(base.times(factor).times(scale));
    }

    @Override
    public Change weighted(double weight) {
      return new Change(channels, scale * weight);
    }
  }
}
