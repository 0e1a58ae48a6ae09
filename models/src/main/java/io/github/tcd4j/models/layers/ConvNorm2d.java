package io.github.tcd4j.models.layers;

import io.github.tcd4j.tensor.ConvolutionGeometry;
import io.github.tcd4j.tensor.ConvolutionKernel;
import io.github.tcd4j.tensor.DType;
import io.github.tcd4j.tensor.Device;
import io.github.tcd4j.tensor.Functional;
import io.github.tcd4j.tensor.Scope;
import io.github.tcd4j.tensor.Tensor;

/**
 * A convolution with the batch norm that follows it, and perhaps a ReLU, for inference: the norm is
 * a scale and a shift per channel, which are folded into kernel and bias in float64 when they are
 * read. The kernel is packed on the CPU.
 *
 * @param kernel (out, in / groups, kh, kw)
 * @param bias (out)
 */
public record ConvNorm2d(Tensor kernel, Tensor bias, ConvolutionGeometry geometry, boolean relu) {
  /** What the checkpoint's layers are, besides the names. */
  public record Shape(
      long in, long out, int height, int width, ConvolutionGeometry geometry, boolean relu) {
    /** A square kernel. */
    public static Shape square(long in, long out, int kernel, int stride, int padding) {
      return new Shape(in, out, kernel, kernel, ConvolutionGeometry.of(stride, padding), true);
    }

    /** Stride 1 and padded so that the size is kept. */
    public static Shape same(long in, long out, int height, int width) {
      var geometry = new ConvolutionGeometry(1, height / 2, width / 2, 1);
      return new Shape(in, out, height, width, geometry, true);
    }

    /** The same without a ReLU. */
    public Shape linear() {
      return new Shape(in, out, height, width, geometry, false);
    }
  }

  /**
   * Reads a convolution, with or without a bias, and a batch norm, with or without a scale, and
   * keeps neither.
   *
   * @param eps what the norm adds to the variance
   */
  public static ConvNorm2d of(Weights conv, Weights norm, double eps, Shape s) {
    norm.skip("num_batches_tracked");
    long out = s.out;
    try (Scope scope = Scope.inference()) {
      long in = s.in / s.geometry.groups();
      Init fan = Init.fan(in * s.height * s.width);
      Tensor kernel = conv.get("weight", fan, out, in, s.height, s.width);
      Tensor variance = exact(norm.get("running_var", Init.ONES, out));
      Tensor scale = Tensor.ones(DType.F64, out).div(variance.plus(eps).sqrt());
      if (norm.has("weight")) {
        scale = scale.times(exact(norm.get("weight", Init.ONES, out)));
      }
      Tensor mean = exact(norm.get("running_mean", Init.ZEROS, out));
      if (conv.has("bias")) {
        mean = mean.minus(exact(conv.get("bias", fan, out)));
      }
      Tensor bias = exact(norm.get("bias", Init.ZEROS, out)).minus(mean.times(scale));
      Tensor folded = exact(kernel).times(scale.reshape(-1, 1, 1, 1));
      return new ConvNorm2d(
          scope.keep(placed(folded, s.geometry, conv.device())),
          scope.keep(bias.to(DType.F32).to(conv.device())),
          s.geometry,
          s.relu);
    }
  }

  /**
   * Several that read the same input, as one whose output has their channels one after the other;
   * of the same geometry, all with a ReLU or all without.
   */
  public static ConvNorm2d joined(ConvNorm2d... parts) {
    try (Scope scope = Scope.inference()) {
      Tensor[] kernels = new Tensor[parts.length];
      Tensor[] biases = new Tensor[parts.length];
      for (int i = 0; i < parts.length; i++) {
        kernels[i] = ConvolutionKernel.unpack(parts[i].kernel);
        biases[i] = parts[i].bias;
      }
      ConvolutionGeometry geometry = parts[0].geometry;
      Tensor kernel = Tensor.cat(0, kernels);
      return new ConvNorm2d(
          scope.keep(placed(kernel, geometry, kernel.device())),
          scope.keep(Tensor.cat(0, biases)),
          geometry,
          parts[0].relu);
    }
  }

  private static Tensor exact(Tensor t) {
    return ConvolutionKernel.unpack(t).to(Device.CPU).to(DType.F64);
  }

  private static Tensor placed(Tensor kernel, ConvolutionGeometry geometry, Device device) {
    Tensor single = kernel.to(DType.F32);
    return device.equals(Device.CPU)
        ? ConvolutionKernel.pack(single, geometry)
        : single.channelsLast().to(device);
  }

  /** x (B, in, H, W) to (B, out, H', W'). */
  public Tensor forward(Tensor x) {
    return Functional.conv2d(x, kernel, bias, geometry, relu);
  }

  /** The same without the ReLU that this layer may have. */
  public ConvNorm2d withoutRelu() {
    return new ConvNorm2d(kernel, bias, geometry, false);
  }
}
