package io.github.tcd4j.diffusion.sampler;

import io.github.tcd4j.files.Hint;
import io.github.tcd4j.files.InvalidRequestException;
import java.util.ArrayList;
import java.util.List;

/**
 * How stochastic the steps of strategic stochastic sampling are (paper, eq. 33): each gamma in [0,
 * 1], 0 follows the trajectory, 1 denoises fully in every step.
 *
 * <p>The factories raise {@link InvalidRequestException} for a gamma out of range.
 */
public sealed interface Gamma {
  /**
   * Gamma of step {@code step}, counted from 0, of {@code steps}; that of the last has no effect.
   *
   * @throws InvalidRequestException if there is one for each step, of another number of steps
   */
  double at(int step, int steps);

  /** The one gamma, or those of all steps in order. */
  List<Double> values();

  /** That of the last {@code steps} steps, at least 1 and at most all. */
  default Gamma last(int steps) {
    int n = values().size();
    return n <= steps ? this : of(values().subList(n - steps, n));
  }

  /** The same in every step. */
  static Gamma of(double value) {
    return new Constant(value);
  }

  /** One for each step; a list of one is the same in every step. */
  static Gamma of(List<Double> values) {
    return values.size() == 1 ? new Constant(values.get(0)) : new PerStep(values);
  }

  /** From the first step to the last in equal strides. */
  static Gamma linear(double first, double last, int steps) {
    List<Double> values = new ArrayList<>();
    for (int i = 0; i < steps; i++) {
      values.add(steps == 1 ? first : first + i * (last - first) / (steps - 1));
    }
    return of(values);
  }

  /** The same in every step. */
  record Constant(double value) implements Gamma {
    public Constant {
      check(value);
    }

    @Override
    public double at(int step, int steps) {
      return value;
    }

    @Override
    public List<Double> values() {
      return List.of(value);
    }
  }

  /** One for each step. */
  record PerStep(List<Double> values) implements Gamma {
    public PerStep {
      if (values.isEmpty()) {
        throw new InvalidRequestException("gamma must be one number, or one for each step");
      }
      values = List.copyOf(values);
      values.forEach(Gamma::check);
    }

    @Override
    public double at(int step, int steps) {
      if (values.size() != steps) {
        throw new InvalidRequestException(
            "gamma must be one number, or one for each of the "
                + steps
                + " steps, but were "
                + values.size());
      }
      return values.get(step);
    }
  }

  private static void check(double gamma) {
    if (!(gamma >= 0 && gamma <= 1)) {
      throw new InvalidRequestException(
          "gamma must be in [0, 1] but was "
              + gamma
              + "; classifier-free guidance is another setting",
          Hint.GUIDANCE);
    }
  }
}
