package io.github.tcd4j.training;

import io.github.tcd4j.tensor.Tensor;
import io.github.tcd4j.training.recipe.LearningRate;
import io.github.tcd4j.training.recipe.Recipe;
import java.util.Map;

/**
 * Parameters that one loss moves by one optimiser: a task's network, or another one that learns
 * against it, such as a discriminator.
 *
 * @param name of the loss that it minimises, among those by player; not updated in steps that lack
 *     it
 * @param parameters its leaves, by name, always in the same order
 * @param rate of learning
 * @param rateEntry the recipe's entry of that rate, for messages
 */
public record ParameterGroup(
    String name, Map<String, Tensor> parameters, LearningRate rate, String rateEntry) {
  /** A group that learns at the rate of the recipe. */
  public static ParameterGroup of(Recipe recipe, String name, Map<String, Tensor> parameters) {
    return new ParameterGroup(name, parameters, recipe.rate(), "rate.peak");
  }

  /** A group of the same rate in every step. */
  public static ParameterGroup constant(
      String name, Map<String, Tensor> parameters, double rate, String rateEntry) {
    LearningRate constant = new LearningRate(rate, 0, LearningRate.Decay.CONSTANT, 0);
    return new ParameterGroup(name, parameters, constant, rateEntry);
  }
}
