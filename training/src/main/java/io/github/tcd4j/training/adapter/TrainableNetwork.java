package io.github.tcd4j.training.adapter;

import io.github.tcd4j.models.layers.Checkpoint;
import io.github.tcd4j.models.layers.Weights;
import io.github.tcd4j.tensor.Device;
import io.github.tcd4j.tensor.Tensor;
import io.github.tcd4j.training.network.PairComponents;
import io.github.tcd4j.training.recipe.RecipeException;
import java.nio.file.Path;
import java.util.Map;
import java.util.function.Function;

/**
 * A network that learns.
 *
 * @param parameters its leaves, by the names of its file
 */
record TrainableNetwork<T>(T network, Map<String, Tensor> parameters) {
  /**
   * One that goes on from the weights of a diffusers folder; it belongs to the open scope.
   *
   * @throws RecipeException if the folder holds more than the network has
   */
  static <T> TrainableNetwork<T> read(Path folder, Device device, Function<Weights, T> build) {
    Checkpoint saved = PairComponents.trainable(folder, device);
    T network = build.apply(Weights.of(saved));
    if (!saved.unread().isEmpty()) {
      throw new RecipeException(
          "settings.start "
              + folder
              + " holds weights that this network has no place for: "
              + saved.unread());
    }
    return new TrainableNetwork<>(network, saved.parameters());
  }
}
