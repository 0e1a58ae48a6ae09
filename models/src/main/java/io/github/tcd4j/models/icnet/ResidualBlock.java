package io.github.tcd4j.models.icnet;

import io.github.tcd4j.models.layers.ConvNorm2d;
import io.github.tcd4j.models.layers.ConvNorm2d.Shape;
import io.github.tcd4j.models.layers.Weights;
import io.github.tcd4j.tensor.ConvolutionGeometry;
import io.github.tcd4j.tensor.Functional;
import io.github.tcd4j.tensor.Scope;
import io.github.tcd4j.tensor.Tensor;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** {@code BasicBlock} of ResNet-18 (He et al. 2016). */
record ResidualBlock(ConvNorm2d first, ConvNorm2d second, @Nullable ConvNorm2d downsample) {
  /** PyTorch's default. */
  static final double EPS = 1e-5;

  private static ResidualBlock of(Weights w, long in, long out, int stride) {
    Shape wide = Shape.square(in, out, 3, stride, 1);
    Shape kept = Shape.square(out, out, 3, 1, 1).linear();
    boolean same = in == out && stride == 1;
    Shape point = new Shape(in, out, 1, 1, ConvolutionGeometry.of(stride, 0), false);
    Weights down = w.at("downsample");
    return new ResidualBlock(
        ConvNorm2d.of(w.at("conv1"), w.at("bn1"), EPS, wide),
        ConvNorm2d.of(w.at("conv2"), w.at("bn2"), EPS, kept),
        same ? null : ConvNorm2d.of(down.at(0), down.at(1), EPS, point));
  }

  /** The two blocks of a stage. */
  static List<ResidualBlock> stage(Weights w, long in, long out, int stride) {
    return List.of(of(w.at(0), in, out, stride), of(w.at(1), out, out, 1));
  }

  Tensor forward(Tensor x) {
    return Scope.result(
        () -> {
          Tensor y = second.forward(first.forward(x));
          return Functional.relu(y.plus(downsample == null ? x : downsample.forward(x)));
        });
  }
}
