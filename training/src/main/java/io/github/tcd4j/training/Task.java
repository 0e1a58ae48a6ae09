package io.github.tcd4j.training;

import io.github.tcd4j.data.EpochOrder;
import io.github.tcd4j.tensor.RandomSource;
import io.github.tcd4j.tensor.Tensor;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/**
 * Something that can be trained: parameters and a loss to lower. The loop owns the optimiser, the
 * moving average, the checkpoints and the log; a task owns the networks and the data.
 */
public interface Task {
  /** The leaves that are trained, by name, always in the same order. */
  Map<String, Tensor> parameters();

  /** Number of examples in the data. */
  int size();

  /** The order in which the examples are seen. */
  default EpochOrder order(long seed) {
    return new EpochOrder(seed, size());
  }

  /**
   * The losses on the examples {@code rows}; {@code loss} is the scalar that is lowered, those with
   * the name of an {@link ParameterGroup} are lowered by it, the others are for the log.
   *
   * @param random the only source of random numbers
   * @param step of {@code total}, counted from 0
   */
  Map<String, Tensor> losses(int[] rows, RandomSource random, long step, long total);

  /** Networks that learn beside the parameters, each by a loss and an optimiser of its own. */
  default List<ParameterGroup> opponents() {
    return List.of();
  }

  /**
   * What else changes from step to step and belongs in a checkpoint, such as a target's moving
   * average; not copies, they are overwritten when a run resumes.
   */
  default Map<String, Tensor> memory() {
    return Map.of();
  }

  /**
   * Called after each step, to put parameters back into the range where they must stay and to move
   * what follows them.
   *
   * @param step of {@code total}, counted from 0
   */
  default void stepped(long step, long total) {}

  /** Figures on held-out data; a task that paints also writes a picture to {@code png}. */
  Map<String, Double> sample(Path png) throws IOException;

  /** Writes the product, from the parameters as they are at this moment, into {@code folder}. */
  void export(Path folder) throws IOException;
}
