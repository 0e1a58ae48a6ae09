package io.github.tcd4j.training;

import io.github.tcd4j.data.EpochOrder;
import io.github.tcd4j.diffusion.objective.Losses;
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
  /**
   * What is trained, always in the same order. The first group is the task's network: it has the
   * moving average, and its loss is {@code loss} in the log.
   */
  List<ParameterGroup> groups();

  /** The leaves of the first group, by name. */
  default Map<String, Tensor> parameters() {
    return groups().get(0).parameters();
  }

  /** Number of examples in the data. */
  int size();

  /** The order in which the examples are seen. */
  default EpochOrder order(long seed) {
    return new EpochOrder(seed, size());
  }

  /**
   * The losses on the examples {@code rows}: by player for the {@link ParameterGroup} of that name,
   * which lowers it; what is observed is for the log.
   *
   * @param random the only source of random numbers
   * @param step of {@code total}, counted from 0
   */
  Losses losses(int[] rows, RandomSource random, long step, long total);

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

  /** Whether {@link #losses} takes gradients on its way, such as to balance terms. */
  default boolean takesGradients() {
    return false;
  }

  /**
   * Errors of the parameters as they are, besides the loss, in float32; smaller is better. All
   * calls of a run have the same rows and the same random numbers.
   *
   * @return by name; with a slash in it, a part of another
   */
  default Map<String, Double> errors(int[] rows, RandomSource random) {
    return Map.of();
  }

  /** Figures on held-out data; a task that generates pictures also writes some to {@code png}. */
  Map<String, Double> sample(Path png) throws IOException;

  /** Writes the product, from the parameters as they are at this moment, into {@code folder}. */
  void export(Path folder) throws IOException;
}
