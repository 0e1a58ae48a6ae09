package io.github.tcd4j.training.recipe;

import static io.github.tcd4j.training.recipe.RecipeException.require;

import io.github.tcd4j.tensor.AdamW;

/**
 * AdamW with gradient clipping.
 *
 * @param beta1 decay of the first moment, in [0, 1)
 * @param beta2 decay of the second moment, in [0, 1)
 * @param eps term under the division, above 0
 * @param weightDecay decoupled weight decay, at least 0
 * @param clip largest common norm of the gradients, above 0
 */
public record Optimizer(double beta1, double beta2, double eps, double weightDecay, double clip) {
  public Optimizer {
    require(clip > 0, "optimizer.clip", "above 0", clip);
    var unused = new AdamW.Settings(beta1, beta2, eps, weightDecay);
  }

  public AdamW.Settings adamW() {
    return new AdamW.Settings(beta1, beta2, eps, weightDecay);
  }
}
