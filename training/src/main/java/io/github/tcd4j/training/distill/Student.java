package io.github.tcd4j.training.distill;

import io.github.tcd4j.tensor.Tensor;
import io.github.tcd4j.training.network.DiffusionNetwork;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What learns in a distillation, and how it is written down. It starts as its teacher. */
interface Student {
  /** The leaves that are trained, by name, always in the same order. */
  Map<String, Tensor> parameters();

  /** The network with these parameters in it. */
  DiffusionNetwork network();

  /** The same network over other tensors of the same names, such as a moving average. */
  DiffusionNetwork over(Map<String, Tensor> others);

  /** The last weight before the output, where an objective balances its terms. */
  Tensor lastLayer();

  /** The file of the weights that {@link #write} writes into {@code folder}. */
  Path weights(Path folder);

  /**
   * Writes the product into {@code folder}.
   *
   * @param destination SHA-256 of the s-embedding in the folder of {@link #weights}; null where
   *     there is none
   */
  void write(Path folder, @Nullable String destination) throws IOException;
}
