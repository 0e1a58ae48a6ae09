package io.github.tcd4j.models.layers;

import io.github.tcd4j.tensor.Functional;
import io.github.tcd4j.tensor.Tensor;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** 2-D convolution; weight (out, in, k, k), bias (out). */
public record Conv2d(String path, Tensor weight, @Nullable Tensor bias, int stride, int padding) {
  public static Conv2d of(Weights w, long in, long out, int kernel, int stride, int padding) {
    long fan = in * kernel * kernel;
    return new Conv2d(
        w.path(),
        w.get("weight", Init.fan(fan), out, in, kernel, kernel),
        w.get("bias", Init.fan(fan), out),
        stride,
        padding);
  }

  /** Kernel 3, stride 1, the size kept. */
  public static Conv2d same3x3(Weights w, long in, long out) {
    return of(w, in, out, 3, 1, 1);
  }

  /** x (B, in, H, W) to (B, out, H', W'). */
  public Tensor forward(Tensor x, Adapters adapters) {
    List<WeightChange> changes = adapters.at(path);
    if (!Adapters.Delta.areAll(changes)) {
      return Functional.conv2d(x, WeightChange.all(weight, changes), bias, stride, padding);
    }
    Tensor y = Functional.conv2d(x, weight, bias, stride, padding);
    for (WeightChange change : changes) {
      if (change instanceof Adapters.Delta d) {
        Tensor low = Functional.conv2d(x, d.down(), null, stride, padding);
        y = y.plus(Functional.conv2d(low, d.up(), null, 1, 0).times(d.scale()));
      }
    }
    return y;
  }
}
