package io.github.tcd4j.models.layers;

import io.github.tcd4j.tensor.DType;
import io.github.tcd4j.tensor.Functional;
import io.github.tcd4j.tensor.Tensor;
import java.util.List;
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
        w.linear("weight", Init.fan(in), out, in),
        w.get("bias", Init.fan(in), out),
        w.arithmetic());
  }

  public static Linear withoutBias(Weights w, long in, long out) {
    return new Linear(w.path(), w.linear("weight", Init.fan(in), out, in), null, w.arithmetic());
  }

  /** Where new, all zeros: it adds nothing until it has learnt. */
  public static Linear zeroInit(Weights w, long in, long out) {
    return new Linear(
        w.path(),
        w.get("weight", Init.ZEROS, out, in),
        w.get("bias", Init.ZEROS, out),
        w.arithmetic());
  }

  /** x (..., in) to (..., out). */
  public Tensor forward(Tensor x, Adapters adapters) {
    // Float32 layers take what they get: in mixed precision it is bfloat16 already.
    Tensor input = arithmetic == DType.F32 ? x : x.to(arithmetic);
    Tensor w = adapters.weight(path, weight);
    Tensor b = bias == null ? null : adapters.bias(path, bias);
    List<WeightChange> changes = adapters.at(path);
    if (!Adapters.LoraDelta.areAll(changes)) {
      return Functional.linear(input, WeightChange.all(w, changes).to(arithmetic), b);
    }
    Tensor y = Functional.linear(input, w.to(arithmetic), b);
    for (WeightChange change : changes) {
      if (change instanceof Adapters.LoraDelta d) {
        Tensor low = Functional.linear(input, d.down().to(arithmetic), null);
        y = y.plus(Functional.linear(low, d.up().to(arithmetic), null), d.scale());
      }
    }
    return y;
  }
}
