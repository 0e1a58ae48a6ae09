package io.github.tcd4j.models.depth;

import io.github.tcd4j.models.layers.Init;
import io.github.tcd4j.models.layers.Weights;
import io.github.tcd4j.tensor.ConvolutionKernel;
import io.github.tcd4j.tensor.DType;
import io.github.tcd4j.tensor.Device;
import io.github.tcd4j.tensor.Functional;
import io.github.tcd4j.tensor.Scope;
import io.github.tcd4j.tensor.Tensor;

/**
 * A convolution whose filters have mean 0 and variance 1, without a bias, padded as TensorFlow's
 * SAME: where an odd number of rows is missing, one more at the bottom and right ({@code
 * WeightStandardizedConv2d} of transformers' BiT).
 *
 * @param weight (out, in, k, k), standardised
 */
record StandardizedConv2d(Tensor weight, int kernel, int stride) {
  private static final double EPS = 1e-8;

  static StandardizedConv2d of(Weights w, long in, long out, int kernel, int stride) {
    try (Scope scope = Scope.inference()) {
      Init fan = Init.fan(in * kernel * kernel);
      Tensor stored = w.get("weight", fan, out, in, kernel, kernel);
      Tensor exact = ConvolutionKernel.unpack(stored).to(Device.CPU).to(DType.F64);
      Tensor centred = exact.minus(exact.mean(true, 1, 2, 3));
      Tensor deviation = centred.square().mean(true, 1, 2, 3).plus(EPS).sqrt();
      Tensor standard = centred.div(deviation).to(DType.F32).channelsLast().to(w.device());
      return new StandardizedConv2d(scope.keep(standard), kernel, stride);
    }
  }

  /** x (B, in, H, W) to (B, out, ceil(H / stride), ceil(W / stride)). */
  Tensor forward(Tensor x) {
    return Functional.conv2d(same(x, kernel, stride), weight, null, stride, 0);
  }

  /** Zeros around x, as many as windows of that size and stride need to reach all of it. */
  static Tensor same(Tensor x, int kernel, int stride) {
    long height = missing(x.size(2), kernel, stride);
    long width = missing(x.size(3), kernel, stride);
    if (height == 0 && width == 0) {
      return x;
    }
    long top = height / 2;
    long left = width / 2;
    return Functional.pad(x, 0, left, width - left, top, height - top);
  }

  private static long missing(long size, int kernel, int stride) {
    return Math.max((size + stride - 1) / stride * stride - stride + kernel - size, 0);
  }
}
