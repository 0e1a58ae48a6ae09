package io.github.tcd4j.models.depth;

import io.github.tcd4j.models.layers.Adapters;
import io.github.tcd4j.models.layers.Conv2d;
import io.github.tcd4j.models.layers.ConvNorm2d;
import io.github.tcd4j.models.layers.Weights;
import io.github.tcd4j.tensor.Functional;
import io.github.tcd4j.tensor.Scope;
import io.github.tcd4j.tensor.Tensor;
import java.util.function.UnaryOperator;

/** Two convolutions, a ReLU before each: {@code DPTPreActResidualLayer}. */
record ResidualUnit(UnaryOperator<Tensor> first, UnaryOperator<Tensor> second) {
  private static final double EPS = 1e-5;

  /**
   * @param normed whether a batch norm follows each convolution
   */
  static ResidualUnit of(Weights w, int channels, boolean normed) {
    return new ResidualUnit(layer(w, 1, channels, normed), layer(w, 2, channels, normed));
  }

  private static UnaryOperator<Tensor> layer(Weights w, int i, int channels, boolean normed) {
    Weights conv = w.at("convolution" + i);
    if (normed) {
      ConvNorm2d.Shape shape = ConvNorm2d.Shape.square(channels, channels, 3, 1, 1).linear();
      return ConvNorm2d.of(conv, w.at("batch_norm" + i), EPS, shape)::forward;
    }
    if (conv.has("bias")) {
      Conv2d layer = Conv2d.same3x3(conv, channels, channels);
      return x -> layer.forward(x, Adapters.NONE);
    }
    Conv2d layer = DepthNeck.withoutBias(conv, channels, channels);
    return x -> layer.forward(x, Adapters.NONE);
  }

  /** x (B, C, h, w) to the same shape. */
  Tensor forward(Tensor x) {
    return Scope.result(
        () -> {
          Tensor y = first.apply(Functional.relu(x));
          return x.plus(second.apply(Functional.relu(y)));
        });
  }
}
