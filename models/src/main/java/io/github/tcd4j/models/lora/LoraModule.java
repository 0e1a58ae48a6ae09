package io.github.tcd4j.models.lora;

import io.github.tcd4j.models.layers.LayerShape;
import io.github.tcd4j.models.layers.WeightChange;
import io.github.tcd4j.models.lora.delta.DoraMagnitude;
import io.github.tcd4j.models.lora.delta.LoraException;
import io.github.tcd4j.models.lora.delta.LoraFactors;
import io.github.tcd4j.models.lora.delta.LowRank;
import io.github.tcd4j.tensor.DType;
import io.github.tcd4j.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * One layer's change as a file holds it, not yet bound to a network.
 *
 * @param name the file's key without its ending, for messages; the whole key of a change without
 *     factors
 * @param path path of the layer; all dots are underscores in kohya's style
 * @param parameter of the layer that is changed, {@code weight} or {@code bias}
 * @param factors what the change is made of
 * @param magnitude of DoRA; null where there is none
 * @param scale alpha / r; 1 where the file names no alpha
 * @param stored type of the factors in the file; here they are float32
 */
public record LoraModule(
    String name,
    LoraComponent component,
    String path,
    String parameter,
    LoraFactors factors,
    @Nullable DoraMagnitude magnitude,
    double scale,
    DType stored) {
  static final String WEIGHT = "weight";
  static final String BIAS = "bias";

  public LoraModule {
    if (factors instanceof LowRank pair) {
      Tensor down = pair.down();
      Tensor up = pair.up();
      if (down.dim() != up.dim() || (down.dim() != 2 && down.dim() != 4)) {
        throw new LoraException(
            name + " has factors of shapes " + down + " and " + up + "; a LoRA has two of 2 or 4");
      }
      if (down.size(0) != up.size(1)) {
        throw new LoraException(
            name + " has factors of different ranks, " + down.size(0) + " and " + up.size(1));
      }
    }
    if (!Double.isFinite(scale)) {
      throw new LoraException(name + " has alpha / rank " + scale + ", which is not finite");
    }
  }

  /** The change of that layer, or null where it cannot have this one's shape. */
  @Nullable WeightChange of(LayerShape layer) {
    boolean fits =
        bias()
            ? layer.bias() && factors.fanIn() == 0 && factors.out() == layer.out()
            : factors.fits(layer);
    if (!fits) {
      return null;
    }
    WeightChange change = factors.bound(layer, scale);
    if (magnitude == null) {
      return change;
    }
    return change instanceof WeightChange.Additive additive ? magnitude.of(additive, layer) : null;
  }

  private boolean bias() {
    return parameter.equals(BIAS);
  }

  /** Whether it changes a vector, and not the weight of a linear layer or convolution. */
  boolean ofVector(LayerShape layer) {
    return bias() || layer.fanIn() == 0;
  }
}
