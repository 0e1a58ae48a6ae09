package io.github.tcd4j.models.layers;

import io.github.tcd4j.tensor.DType;
import io.github.tcd4j.tensor.Functional;
import io.github.tcd4j.tensor.Tensor;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * 2-D convolution; weight (out, in, k, k), bias (out).
 *
 * @param arithmetic as in {@link Linear}
 */
public record Conv2d(
    String path, Tensor weight, @Nullable Tensor bias, int stride, int padding, DType arithmetic) {
  /** Computes in float32. */
  public Conv2d(String path, Tensor weight, @Nullable Tensor bias, int stride, int padding) {
    this(path, weight, bias, stride, padding, DType.F32);
  }

  public static Conv2d of(Weights w, long in, long out, int kernel, int stride, int padding) {
    long fan = in * kernel * kernel;
    return new Conv2d(
        w.path(),
        w.get("weight", Init.fan(fan), out, in, kernel, kernel),
        w.get("bias", Init.fan(fan), out),
        stride,
        padding,
        w.arithmetic());
  }

  /** Kernel 3, stride 1, the size kept. */
  public static Conv2d same3x3(Weights w, long in, long out) {
    return of(w, in, out, 3, 1, 1);
  }

  /** Stride 1, the size kept; where new, all zeros: it adds nothing until it has learnt. */
  public static Conv2d zeroInit(Weights w, long in, long out, int kernel) {
    return new Conv2d(
        w.path(),
        w.get("weight", Init.ZEROS, out, in, kernel, kernel),
        w.get("bias", Init.ZEROS, out),
        1,
        (kernel - 1) / 2,
        w.arithmetic());
  }

  /** x (B, in, H, W) to (B, out, H', W'). */
  public Tensor forward(Tensor x, Adapters adapters) {
    // Float32 layers take what they get: in mixed precision it is bfloat16 already.
    Tensor input = arithmetic == DType.F32 ? x : x.to(arithmetic);
    Tensor w = adapters.weight(path, weight);
    Tensor b = bias == null ? null : adapters.bias(path, bias);
    List<WeightChange> changes = adapters.at(path);
    if (!Adapters.LoraDelta.areAll(changes)) {
      Tensor changed = WeightChange.all(w, changes).to(arithmetic);
      return Functional.conv2d(input, changed, b, stride, padding);
    }
    Tensor y = Functional.conv2d(input, w.to(arithmetic), b, stride, padding);
    for (WeightChange change : changes) {
      if (change instanceof Adapters.LoraDelta d) {
        Tensor low = Functional.conv2d(input, d.down().to(arithmetic), null, stride, padding);
        Tensor high = Functional.conv2d(low, d.up().to(arithmetic), null, 1, 0);
        y = y.plus(high, d.scale());
      }
    }
    return y;
  }
}
