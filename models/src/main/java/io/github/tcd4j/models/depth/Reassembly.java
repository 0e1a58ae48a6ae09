package io.github.tcd4j.models.depth;

import io.github.tcd4j.models.layers.Adapters;
import io.github.tcd4j.models.layers.Conv2d;
import io.github.tcd4j.models.layers.Init;
import io.github.tcd4j.models.layers.Weights;
import io.github.tcd4j.tensor.ConvolutionKernel;
import io.github.tcd4j.tensor.Functional;
import io.github.tcd4j.tensor.Scope;
import io.github.tcd4j.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * A map of tokens at its own channels and size: {@code DPTReassembleLayer}.
 *
 * @param projection to the channels
 * @param enlarging (out * k * k, in), what one pixel becomes where k &gt; 1; else null
 * @param enlargingBias (out)
 * @param shrinking a convolution with a stride; null where the size stays or grows
 */
record Reassembly(
    Conv2d projection,
    @Nullable Tensor enlarging,
    @Nullable Tensor enlargingBias,
    @Nullable Conv2d shrinking) {
  static Reassembly of(Weights w, int in, int channels, double factor) {
    Conv2d projection = Conv2d.of(w.at("projection"), in, channels, 1, 1, 0);
    Weights resize = w.at("resize");
    if (factor == 1) {
      return new Reassembly(projection, null, null, null);
    }
    if (factor < 1) {
      int stride = (int) (1 / factor);
      return new Reassembly(
          projection, null, null, Conv2d.of(resize, channels, channels, 3, stride, 1));
    }
    int k = (int) factor;
    Tensor bias = resize.get("bias", Init.fan(channels), channels);
    Tensor stored = resize.get("weight", Init.fan(channels), channels, channels, k, k);
    try (Scope scope = Scope.inference()) {
      Tensor turned = ConvolutionKernel.unpack(stored).permute(1, 2, 3, 0).contiguous();
      Tensor matrix = turned.reshape((long) channels * k * k, channels);
      return new Reassembly(projection, scope.keep(matrix), bias, null);
    }
  }

  /** (B, in, h, w) to (B, channels, h f, w f). */
  Tensor forward(Tensor map) {
    Tensor x = projection.forward(map, Adapters.NONE);
    if (shrinking != null) {
      return shrinking.forward(x, Adapters.NONE);
    }
    return enlarging == null || enlargingBias == null ? x : enlarged(x, enlarging, enlargingBias);
  }

  /** A transposed convolution whose stride is its kernel: no two pixels reach the same place. */
  private static Tensor enlarged(Tensor x, Tensor matrix, Tensor bias) {
    long batch = x.size(0);
    long height = x.size(2);
    long width = x.size(3);
    long out = bias.numel();
    long k = Math.round(Math.sqrt((double) matrix.size(0) / out));
    Tensor pixels = Functional.linear(x.permute(0, 2, 3, 1).contiguous(), matrix, null);
    Tensor parts = pixels.reshape(batch, height, width, out, k, k).permute(0, 3, 1, 4, 2, 5);
    Tensor map = parts.contiguous().reshape(batch, out, height * k, width * k);
    return map.plus(bias.reshape(1, out, 1, 1));
  }
}
