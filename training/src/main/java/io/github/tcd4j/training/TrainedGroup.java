package io.github.tcd4j.training;

import io.github.tcd4j.tensor.AdamW;
import io.github.tcd4j.tensor.Tensor;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** An opponent while the loop trains it: with its optimiser, which no other network shares. */
record TrainedGroup(ParameterGroup opponent, AdamW optimizer) {
  /** The optimiser's state belongs to the open scope. */
  static TrainedGroup of(ParameterGroup opponent, AdamW.Settings settings) {
    return new TrainedGroup(opponent, new AdamW(opponent.parameters(), settings));
  }

  /** Its loss among those of a micro-batch; null where it stands still. */
  @Nullable Tensor loss(Map<String, Tensor> losses) {
    return losses.get(opponent.name());
  }

  /**
   * Scales its gradients to a norm of at most {@code limit} and adds the norm before to {@code
   * figures}, if the step had a loss of it.
   */
  void clip(Map<String, Double> figures, double limit) {
    if (figures.containsKey(opponent.name())) {
      figures.put(opponent.name() + "_gradient_norm", optimizer.clipGradients(limit));
    }
  }

  /** Goes down the gradients, if the step had a loss of it. */
  void step(Map<String, Double> figures) {
    if (figures.containsKey(opponent.name())) {
      optimizer.step(opponent.rate());
      optimizer.clearGradients();
    }
  }

  /** What a checkpoint keeps of it; not copies. */
  Map<String, Tensor> memory() {
    String name = opponent.name();
    Map<String, Tensor> memory = new LinkedHashMap<>();
    opponent.parameters().forEach((key, t) -> memory.put(name + "." + key, t));
    optimizer.state().forEach((key, t) -> memory.put(name + ".optimizer." + key, t));
    return memory;
  }
}
