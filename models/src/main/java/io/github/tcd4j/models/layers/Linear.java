package io.github.tcd4j.models.layers;

import io.github.tcd4j.tensor.DType;
import io.github.tcd4j.tensor.Functional;
import io.github.tcd4j.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * y = W x + b over the last dimension; weight (out, in), bias (out).
 *
 * @param arithmetic what it computes in, and the type of its bias; the weight may be stored in
 *     another and is then converted in each call
 */
public record Linear(String path, Tensor weight, @Nullable Tensor bias, DType arithmetic) {
  /** Computes in float32. */
  public Linear(String path, Tensor weight, @Nullable Tensor bias) {
    this(path, weight, bias, DType.F32);
  }

  public static Linear of(Weights w, long in, long out) {
    return new Linear(
        w.path(),
        w.get("weight", Init.fan(in), out, in),
        w.get("bias", Init.fan(in), out),
        w.arithmetic());
  }

  public static Linear withoutBias(Weights w, long in, long out) {
    return new Linear(w.path(), w.get("weight", Init.fan(in), out, in), null, w.arithmetic());
  }

  /** x (..., in) to (..., out). */
  public Tensor forward(Tensor x, Adapters adapters) {
    // Float32 layers take what they get: in mixed precision it is bfloat16 already.
    Tensor input = arithmetic == DType.F32 ? x : x.to(arithmetic);
    Tensor y = Functional.linear(input, weight.to(arithmetic), bias);
    for (Adapters.Delta d : adapters.at(path)) {
      Tensor low = Functional.linear(input, d.down().to(arithmetic), null);
      y = y.plus(Functional.linear(low, d.up().to(arithmetic), null).times(d.scale()));
    }
    return y;
  }
}
