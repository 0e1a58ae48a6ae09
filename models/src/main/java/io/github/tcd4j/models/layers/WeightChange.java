package io.github.tcd4j.models.layers;

import io.github.tcd4j.tensor.ConvolutionKernel;
import io.github.tcd4j.tensor.DType;
import io.github.tcd4j.tensor.Tensor;
import java.util.List;

/**
 * A change of one layer's weight W, as a LoRA or one of its kin makes it. W is (out, in) in linear
 * layers and (out, in, kh, kw) in convolutions.
 */
public interface WeightChange {
  /**
   * The weight after this change.
   *
   * @param current W with the changes before this one in it, float32
   * @param base W of the plain network, float32
   */
  Tensor applied(Tensor current, Tensor base);

  /** The same change with a factor that the user gave, of either sign. */
  WeightChange weighted(double weight);

  /** The weight with all changes, one after the other, in the weight's own type. */
  static Tensor all(Tensor weight, List<? extends WeightChange> changes) {
    Tensor base = ConvolutionKernel.unpack(weight).to(DType.F32);
    Tensor current = base;
    for (WeightChange change : changes) {
      current = change.applied(current, base);
    }
    return current.to(weight.dtype());
  }

  /** A change that is the same whatever W is: W + change. */
  interface Additive extends WeightChange {
    /** What is added, float32, in the weight's shape. */
    Tensor change(long... shape);

    @Override
    default Tensor applied(Tensor current, Tensor base) {
      return current.plus(change(current.shape()).to(current.device()));
    }

    @Override
    Additive weighted(double weight);
  }
}
