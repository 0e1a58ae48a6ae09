package io.github.tcd4j.pipeline.internal;

import io.github.tcd4j.tensor.Tensor;

/** Evaluates a U-Net for the rows of one request: at once, or together with others' rows. */
@FunctionalInterface
public interface UNetEvaluator {
  /** At once. */
  UNetEvaluator ALONE = (rows, x, t, s) -> new Evaluated(rows.forward(x, t, s), false);

  /**
   * The network's output, in the scope that is open here. Arguments as in {@link UNetRows#forward}.
   */
  Evaluated evaluate(UNetRows rows, Tensor x, Tensor t, Tensor s);

  /**
   * One evaluation.
   *
   * @param output (R, C, h, w)
   * @param shared whether other rows were in the same call, on which its last bits depend
   */
  record Evaluated(Tensor output, boolean shared) {}
}
