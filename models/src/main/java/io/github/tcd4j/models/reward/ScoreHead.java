package io.github.tcd4j.models.reward;

import io.github.tcd4j.models.layers.Adapters;
import io.github.tcd4j.models.layers.Linear;
import io.github.tcd4j.models.layers.Weights;
import io.github.tcd4j.tensor.Functional;
import io.github.tcd4j.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;

/**
 * Five linear layers from features to one number, the head of ImageReward and of the aesthetic
 * predictors, which have dropout between them and mostly nothing else.
 *
 * @param relu whether a ReLU follows each layer but the last
 */
record ScoreHead(List<Linear> layers, boolean relu) {
  private static final int[] WIDTHS = {1024, 128, 64, 16, 1};

  /** Numbers of the layers among the dropouts. */
  private static final int[] PLAIN = {0, 2, 4, 6, 7};

  /** The same where a ReLU is in front of each dropout, and of the last layer. */
  private static final int[] WITH_RELU = {0, 3, 6, 9, 11};

  /**
   * Reads {@code layers.0.weight} and so on; that there are ReLUs shows in the numbers.
   *
   * @param in number of features
   */
  static ScoreHead of(Weights w, int in) {
    Weights all = w.at("layers");
    boolean relu = all.has("11.weight");
    int[] numbers = relu ? WITH_RELU : PLAIN;
    List<Linear> layers = new ArrayList<>();
    for (int i = 0; i < numbers.length; i++) {
      layers.add(Linear.of(all.at(numbers[i]), i == 0 ? in : WIDTHS[i - 1], WIDTHS[i]));
    }
    return new ScoreHead(List.copyOf(layers), relu);
  }

  /** features (B, in) to (B). */
  Tensor forward(Tensor features) {
    Tensor x = features;
    for (int i = 0; i < layers.size(); i++) {
      x = layers.get(i).forward(x, Adapters.NONE);
      x = relu && i < layers.size() - 1 ? Functional.relu(x) : x;
    }
    return x.reshape(-1);
  }
}
