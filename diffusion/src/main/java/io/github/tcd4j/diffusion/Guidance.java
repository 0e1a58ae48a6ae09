package io.github.tcd4j.diffusion;

import io.github.tcd4j.diffusion.schedule.PerSample;
import io.github.tcd4j.tensor.Tensor;

/**
 * Classifier-free guidance (Ho and Salimans 2022) as one pass over two sets of rows: the answer is
 * cond + w (cond - uncond), w = guidance scale - 1.
 *
 * @param pair a network with its conditioning for 2B rows: B with their condition, then the same B
 *     without (or with the negative prompt)
 */
public record Guidance(Denoiser pair) implements GuidedDenoiser {
  @Override
  public Prediction at(Tensor x, Tensor t, Tensor w) {
    return at(x, t, t, PerSample.broadcast(w));
  }

  /**
   * A denoiser guided by {@code scale} in every row. At a scale of 1 or less guidance is off by
   * convention: then use the conditional network itself, which costs half.
   */
  public Denoiser scaled(double scale) {
    if (!(scale > 1 && scale < Double.POSITIVE_INFINITY)) {
      throw new IllegalArgumentException(
          "guidance scale must be greater than 1 but was "
              + scale
              + "; without guidance use the conditional network alone");
    }
    return (x, t, s) -> at(x, t, s, Tensor.scalar(scale - 1));
  }

  private Prediction at(Tensor x, Tensor t, Tensor s, Tensor w) {
    Prediction both = pair.at(twice(x), twice(t), s == t ? twice(t) : twice(s));
    Tensor[] halves = both.output().chunk(2, 0);
    Tensor conditional = halves[0];
    Tensor difference = conditional.minus(halves[1]);
    return new Prediction(both.kind(), conditional.plus(difference.times(w)));
  }

  private static Tensor twice(Tensor rows) {
    return Tensor.cat(0, rows, rows);
  }
}
