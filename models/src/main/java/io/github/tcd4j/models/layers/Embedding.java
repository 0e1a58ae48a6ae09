package io.github.tcd4j.models.layers;

import io.github.tcd4j.tensor.DType;
import io.github.tcd4j.tensor.Functional;
import io.github.tcd4j.tensor.Tensor;

/** A table of rows (N, C), looked up by int64 ids. */
public record Embedding(Tensor weight) {
  public static Embedding of(Weights w, Init init, long rows, long channels) {
    return new Embedding(w.get("weight", init, rows, channels));
  }

  /** ids of any shape to (shape..., C), float32. */
  public Tensor forward(Tensor ids) {
    return Functional.embedding(weight, ids).to(DType.F32);
  }
}
