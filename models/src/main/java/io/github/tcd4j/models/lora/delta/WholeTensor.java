package io.github.tcd4j.models.lora.delta;

import io.github.tcd4j.models.layers.LayerShape;
import io.github.tcd4j.models.layers.WeightChange;
import io.github.tcd4j.tensor.Tensor;

/**
 * A parameter's change stored whole, without factors: what full fine-tuning adds to a weight
 * ({@code .diff}), to a bias ({@code .diff_b}) or to a norm ({@code .w_norm}, {@code .b_norm}), or
 * the weight that takes the place of the old one ({@code .set_weight}). An alpha has no effect.
 *
 * @param values float32, in the parameter's shape
 * @param kind what the field calls it
 * @param replaces whether it is the new parameter and not a difference
 */
public record WholeTensor(Tensor values, String kind, boolean replaces) implements LoraFactors {
  public WholeTensor {
    if (values.dim() < 1 || values.numel() == 0) {
      throw new LoraException("a whole change of a parameter must have entries but is " + values);
    }
  }

  @Override
  public long out() {
    return values.size(0);
  }

  /** 0 for vectors, as of norms. */
  @Override
  public long fanIn() {
    return values.dim() == 1 ? 0 : values.numel() / values.size(0);
  }

  @Override
  public long rank() {
    return 0;
  }

  @Override
  public WeightChange bound(LayerShape layer, double scale) {
    return replaces ? new Replacement(values, scale != 0) : new Difference(values, scale);
  }

  private record Difference(Tensor values, double scale) implements WeightChange.Additive {
    @Override
    public Tensor change(long... shape) {
      return values.times(scale).reshape(shape);
    }

    @Override
    public Difference weighted(double weight) {
      return new Difference(values, scale * weight);
    }
  }

  /** A new weight is there or not: a user's factor does not blend it, but 0 leaves it out. */
  private record Replacement(Tensor values, boolean acts) implements WeightChange {
    @Override
    public Tensor applied(Tensor current, Tensor base) {
      return acts ? values.reshape(base.shape()).to(base.device()) : current;
    }

    @Override
    public Replacement weighted(double weight) {
      return new Replacement(values, acts && weight != 0);
    }
  }
}
