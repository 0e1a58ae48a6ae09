package io.github.tcd4j.models.layers;

import io.github.tcd4j.tensor.Functional;
import io.github.tcd4j.tensor.Tensor;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** y = W x + b over the last dimension; weight (out, in), bias (out). */
public record Linear(String path, Tensor weight, @Nullable Tensor bias) {
  public static Linear of(Weights w, long in, long out) {
    return new Linear(
        w.path(), w.get("weight", Init.fan(in), out, in), w.get("bias", Init.fan(in), out));
  }

  public static Linear withoutBias(Weights w, long in, long out) {
    return new Linear(w.path(), w.get("weight", Init.fan(in), out, in), null);
  }

  /** Where new, all zeros: it adds nothing until it has learnt. */
  public static Linear silent(Weights w, long in, long out) {
    return new Linear(
        w.path(), w.get("weight", Init.ZEROS, out, in), w.get("bias", Init.ZEROS, out));
  }

  /** x (..., in) to (..., out). */
  public Tensor forward(Tensor x, Adapters adapters) {
    List<WeightChange> changes = adapters.at(path);
    if (!Adapters.Delta.areAll(changes)) {
      return Functional.linear(x, WeightChange.all(weight, changes), bias);
    }
    Tensor y = Functional.linear(x, weight, bias);
    for (WeightChange change : changes) {
      if (change instanceof Adapters.Delta d) {
        Tensor low = Functional.linear(x, d.down(), null);
        y = y.plus(Functional.linear(low, d.up(), null).times(d.scale()));
      }
    }
    return y;
  }
}
