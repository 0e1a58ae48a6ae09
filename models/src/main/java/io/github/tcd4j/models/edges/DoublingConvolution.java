package io.github.tcd4j.models.edges;

import io.github.tcd4j.models.layers.Init;
import io.github.tcd4j.models.layers.Weights;
import io.github.tcd4j.tensor.ConvolutionKernel;
import io.github.tcd4j.tensor.Functional;
import io.github.tcd4j.tensor.Scope;
import io.github.tcd4j.tensor.Tensor;

/**
 * A transposed convolution of kernel 3 and stride 2 that doubles both sides (padding 1, output
 * padding 1): zeros between the pixels, then a convolution with the kernel turned by 180 degrees.
 *
 * @param weight (out, in, 3, 3), turned
 */
record DoublingConvolution(Tensor weight, Tensor bias) {
  static DoublingConvolution of(Weights w, long in, long out) {
    Init fan = Init.fan(in * 9);
    Tensor stored = w.get("weight", fan, in, out, 3, 3);
    Tensor bias = w.get("bias", fan, out);
    try (Scope scope = Scope.inference()) {
      Tensor turned = ConvolutionKernel.unpack(stored).permute(1, 0, 2, 3).flip(2, 3);
      return new DoublingConvolution(scope.keep(turned.contiguous().channelsLast()), bias);
    }
  }

  /** x (B, in, h, w) to (B, out, 2h, 2w). */
  Tensor forward(Tensor x) {
    return Scope.result(
        () -> {
          long b = x.size(0);
          long c = x.size(1);
          long h = x.size(2);
          long w = x.size(3);
          Tensor wide = Functional.pad(x.contiguous().reshape(b, c, h, w, 1), 0, 0, 1, 0, 0);
          Tensor rows = wide.reshape(b, c * h, 1, 2 * w);
          Tensor spread = Functional.pad(rows, 0, 0, 0, 0, 1).reshape(b, c, 2 * h, 2 * w);
          return Functional.conv2d(spread, weight, bias, 1, 1);
        });
  }
}
