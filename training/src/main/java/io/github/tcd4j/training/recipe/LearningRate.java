package io.github.tcd4j.training.recipe;

import static io.github.tcd4j.training.recipe.RecipeException.require;

/**
 * Learning rate as a pure function of the step: rises linearly over {@code warmup} steps to {@code
 * peak}, then follows {@code decay} down to {@code floor} times the peak at the last step.
 *
 * @param peak highest rate, above 0
 * @param warmup steps of the rise, at least 0
 * @param decay the shape of the fall
 * @param floor rate at the end as a share of the peak, in [0, 1]
 */
public record LearningRate(double peak, long warmup, Decay decay, double floor) {
  /** Shape of the fall after the warm-up. */
  public enum Decay {
    CONSTANT,
    LINEAR,
    COSINE
  }

  public LearningRate {
    require(peak > 0, "rate.peak", "above 0", peak);
    require(warmup >= 0, "rate.warmup", "at least 0", warmup);
    require(floor >= 0 && floor <= 1, "rate.floor", "in [0, 1]", floor);
  }

  /** The rate for step {@code step} of {@code total}, counted from 0. */
  public double at(long step, long total) {
    if (step < warmup) {
      return peak * (step + 1) / (warmup + 1);
    }
    double done = Math.min(1, (step - warmup) / Math.max(1.0, total - warmup));
    double share =
        switch (decay) {
          case CONSTANT -> 1;
          case LINEAR -> 1 - done;
          case COSINE -> 0.5 * (1 + Math.cos(Math.PI * done));
        };
    return peak * (floor + (1 - floor) * share);
  }
}
