package io.github.tcd4j.models.efficientnet;

import io.github.tcd4j.models.layers.ConvNorm2d;
import io.github.tcd4j.models.layers.ConvNorm2d.Shape;
import io.github.tcd4j.models.layers.Weights;
import io.github.tcd4j.tensor.ConvolutionGeometry;
import io.github.tcd4j.tensor.Functional;
import io.github.tcd4j.tensor.Scope;
import io.github.tcd4j.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * Channels expanded, convolved each by itself, and projected; added to the input where the shape is
 * kept. {@code MBConvBlock} in EfficientNet, here without squeeze and excitation.
 */
record InvertedResidual(
    @Nullable ConvNorm2d expand, ConvNorm2d depthwise, ConvNorm2d project, boolean residual) {
  /** What TensorFlow added to the variance. */
  static final double EPS = 0.001;

  /** Largest output of the activation. */
  private static final double SIX = 6;

  static InvertedResidual of(Weights w, long in, long out, int kernel, int stride, int factor) {
    long wide = in * factor;
    int padding = stride == 1 ? kernel / 2 : 0;
    var geometry = new ConvolutionGeometry(stride, padding, padding, Math.toIntExact(wide));
    return new InvertedResidual(
        factor == 1 ? null : point(w.at("_expand_conv"), w.at("_bn0"), in, wide),
        ConvNorm2d.of(
            w.at("_depthwise_conv"),
            w.at("_bn1"),
            EPS,
            new Shape(wide, wide, kernel, kernel, geometry, false)),
        point(w.at("_project_conv"), w.at("_bn2"), wide, out),
        stride == 1 && in == out);
  }

  /** Kernel 1x1, without activation. */
  static ConvNorm2d point(Weights conv, Weights norm, long in, long out) {
    return ConvNorm2d.of(conv, norm, EPS, Shape.square(in, out, 1, 1, 0).linear());
  }

  /** ReLU6. */
  static Tensor activated(Tensor x) {
    return x.clamp(0, SIX);
  }

  /**
   * The padding of TensorFlow's SAME for a stride of 2 on an even side: one more at the end than at
   * the start.
   */
  static Tensor padded(Tensor x, ConvNorm2d next) {
    if (next.geometry().stride() == 1) {
      return x;
    }
    long before = (next.kernel().size(2) - 2) / 2;
    return Functional.pad(x, 0, before, before + 1, before, before + 1);
  }

  Tensor forward(Tensor x) {
    return Scope.result(
        () -> {
          Tensor wide = expand == null ? x : activated(expand.forward(x));
          Tensor y = project.forward(activated(depthwise.forward(padded(wide, depthwise))));
          return residual ? x.plus(y) : y;
        });
  }
}
