package io.github.tcd4j.models.layers;

import io.github.tcd4j.tensor.DType;
import io.github.tcd4j.tensor.RandomSource;
import io.github.tcd4j.tensor.Tensor;

/** How a parameter starts when it is not read from a file. */
public interface Init {
  /** The starting value, float32, of the given shape. */
  Tensor draw(RandomSource random, long... shape);

  Init ZEROS = (random, shape) -> Tensor.zeros(DType.F32, shape);
  Init ONES = (random, shape) -> Tensor.ones(DType.F32, shape);

  /** Normal with the given standard deviation. */
  static Init normal(double std) {
    return (random, shape) -> random.normal(shape).times(std);
  }

  /**
   * Uniform in plus or minus 1 / sqrt(fanIn): PyTorch's default for the weight and the bias of
   * linear and convolution layers, whose fanIn is inputs x kernel area.
   */
  static Init fan(long fanIn) {
    double bound = 1 / Math.sqrt(fanIn);
    return (random, shape) -> random.uniform(-bound, bound, shape);
  }

  /** Always this value. */
  static Init constant(double value) {
    return (random, shape) -> Tensor.full(value, DType.F32, shape);
  }
}
