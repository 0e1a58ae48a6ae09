package io.github.tcd4j.training;

import io.github.tcd4j.tensor.AdamW;
import io.github.tcd4j.tensor.Autograd;
import io.github.tcd4j.tensor.Scope;
import io.github.tcd4j.tensor.Tensor;
import io.github.tcd4j.training.recipe.Optimizer;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** A group while the loop trains it: with an optimiser that no other group shares. */
final class TrainedGroup {
  private final ParameterGroup group;
  private final AdamW optimizer;
  private final double clip;

  /** Whether a loss of this step has been seen. */
  private boolean moved;

  /** The optimiser's state belongs to the open scope. */
  TrainedGroup(ParameterGroup group, Optimizer settings) {
    this.group = group;
    this.optimizer = new AdamW(group.parameters(), settings.adamW());
    this.clip = settings.clip();
  }

  String name() {
    return group.name();
  }

  AdamW optimizer() {
    return optimizer;
  }

  /** The rate of step {@code step} of {@code total}, counted from 0. */
  double rate(long step, long total) {
    return group.rate().at(step, total);
  }

  /** Adds the gradient of its part of a step's loss. */
  void backward(Tensor loss) {
    Autograd.backward(loss);
    moved = true;
  }

  /** That gradient by itself; on any thread, for its owner to {@link #add} and close. */
  List<Tensor> gradients(Tensor loss) {
    try (Scope scope = Scope.open()) {
      List<Tensor> own = Autograd.gradients(loss, List.copyOf(group.parameters().values()));
      own.forEach(scope::disown);
      return own;
    }
  }

  /** Adds what {@link #gradients} gave. */
  void add(List<Tensor> gradients) {
    int i = 0;
    for (Tensor parameter : group.parameters().values()) {
      Autograd.addGradient(parameter, gradients.get(i++));
    }
    moved = true;
  }

  /**
   * Scales the gradients to the recipe's largest norm; returns the norm before.
   *
   * @throws TrainingException if the norm is not finite; no weight has changed then
   */
  double clip(long step) {
    double norm = optimizer.clipGradients(clip);
    check("gradient norm", norm, step);
    return norm;
  }

  /** Fails unless a figure of this group is finite. */
  void check(String figure, double value, long step) {
    if (!Double.isFinite(value)) {
      throw new TrainingException(
          "the "
              + figure
              + " of "
              + name()
              + " is "
              + value
              + " at step "
              + step
              + "; lower "
              + group.rateEntry()
              + " or optimizer.clip");
    }
  }

  /** Whether this step has had a loss of it. */
  boolean moved() {
    return moved;
  }

  /** One step down the gradients, which are cleared; none in a step without a loss. */
  void step(long step, long total) {
    if (moved) {
      optimizer.step(rate(step, total));
      optimizer.clearGradients();
      moved = false;
    }
  }

  /** What a checkpoint keeps of it besides the main group; not copies. */
  Map<String, Tensor> state() {
    Map<String, Tensor> state = new LinkedHashMap<>();
    group.parameters().forEach((key, t) -> state.put(name() + "." + key, t));
    optimizer.state().forEach((key, t) -> state.put(name() + ".optimizer." + key, t));
    return state;
  }
}
