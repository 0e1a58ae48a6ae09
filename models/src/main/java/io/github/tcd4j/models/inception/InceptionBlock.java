package io.github.tcd4j.models.inception;

import io.github.tcd4j.models.layers.ConvNorm2d;
import io.github.tcd4j.models.layers.ConvNorm2d.Shape;
import io.github.tcd4j.models.layers.Weights;
import io.github.tcd4j.tensor.Functional;
import io.github.tcd4j.tensor.Tensor;

/**
 * The units and pools that the blocks are made of; {@code BasicConv2d} in torchvision.
 *
 * <p>Where a block averages 3x3 windows and then convolves 1x1, we convolve first and average what
 * is left of the channels: both are linear and the weights of an average sum to 1, at the border
 * too, so that the numbers are the same and the pool has a fraction of the work.
 */
interface InceptionBlock {
  /** What TensorFlow added to the variance. */
  double EPS = 0.001;

  /** x (B, in, H, W) to (B, out, H', W'). */
  Tensor forward(Tensor x);

  static ConvNorm2d unit(Weights w, Shape shape) {
    return ConvNorm2d.of(w.at("conv"), w.at("bn"), EPS, shape);
  }

  /** Kernel 1x1. */
  static ConvNorm2d point(Weights w, long in, long out) {
    return unit(w, Shape.square(in, out, 1, 1, 0));
  }

  /** Kernel 3x3, every second pixel, no padding. */
  static ConvNorm2d halving(Weights w, long in, long out) {
    return unit(w, Shape.square(in, out, 3, 2, 0));
  }

  /** The size is kept. */
  static ConvNorm2d same(Weights w, long in, long out, int height, int width) {
    return unit(w, Shape.same(in, out, height, width));
  }

  /** The mean of each pixel's neighbours that are in the picture, then {@code unit}. */
  static Tensor averaged(ConvNorm2d unit, Tensor x) {
    return Functional.relu(Functional.averagePool2d(unit.withoutRelu().forward(x), 3, 1, 1));
  }

  /** Maximum of 3x3, every second pixel. */
  static Tensor halved(Tensor x) {
    return Functional.maxPool2d(x, 3, 2, 0);
  }

  static Tensor chain(Tensor x, ConvNorm2d... units) {
    Tensor y = x;
    for (ConvNorm2d unit : units) {
      y = unit.forward(y);
    }
    return y;
  }
}
