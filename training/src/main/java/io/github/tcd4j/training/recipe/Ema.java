package io.github.tcd4j.training.recipe;

import static io.github.tcd4j.training.recipe.RecipeException.require;

/**
 * Moving average of the parameters.
 *
 * @param decay share of the average that a step keeps, in [0, 1)
 * @param warmup whether early steps keep less: min(decay, (1 + step) / (10 + step))
 */
public record Ema(double decay, boolean warmup) {
  public Ema {
    require(decay >= 0 && decay < 1, "ema.decay", "in [0, 1)", decay);
  }

  /** The share that step {@code step}, counted from 0, keeps. */
  public double at(long step) {
    return warmup ? Math.min(decay, (1.0 + step) / (10.0 + step)) : decay;
  }
}
