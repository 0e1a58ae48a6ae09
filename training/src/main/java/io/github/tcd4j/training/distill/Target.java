package io.github.tcd4j.training.distill;

import io.github.tcd4j.tensor.MovingAverage;
import io.github.tcd4j.tensor.Tensor;
import io.github.tcd4j.training.network.DiffusionNetwork;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a student is compared with, theta- of the paper: itself without gradient, or a moving
 * average of itself.
 *
 * @param average null for the student itself
 */
record Target(DiffusionNetwork network, @Nullable MovingAverage average) {
  /** The student itself, its gradient stopped. */
  static Target itself(Student student) {
    return new Target(student.network(), null);
  }

  /** A moving average that starts at the student; it belongs to the open scope. */
  static Target ema(Student student) {
    MovingAverage average = new MovingAverage(student.parameters());
    return new Target(student.over(average.averages()), average);
  }

  /** Moves the average, if there is one, which keeps the share {@code decay} of itself. */
  void follow(double decay) {
    if (average != null) {
      average.update(decay);
    }
  }

  /** What a checkpoint keeps of it. */
  Map<String, Tensor> memory() {
    Map<String, Tensor> named = new LinkedHashMap<>();
    if (average != null) {
      average.averages().forEach((name, t) -> named.put("target." + name, t));
    }
    return named;
  }
}
