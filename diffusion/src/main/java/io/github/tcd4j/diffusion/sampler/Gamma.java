package io.github.tcd4j.diffusion.sampler;

import io.github.tcd4j.files.Hint;
import io.github.tcd4j.files.InvalidRequestException;
import java.util.List;

/** How stochastic each step of strategic stochastic sampling is, in [0, 1]. */
public sealed interface Gamma {
  /**
   * Gamma of step {@code step}, counted from 0, of {@code steps}; that of the last has no effect.
   */
  double at(int step, int steps);

  /** The same in every step. */
  record Constant(double value) implements Gamma {
    public Constant {
      check(value);
    }

    @Override
    public double at(int step, int steps) {
      return value;
    }
  }

  /** One for each step. */
  record Each(List<Double> values) implements Gamma {
    public Each {
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

  /** From the first step to the last in equal strides. */
  record Linear(double first, double last) implements Gamma {
    public Linear {
      check(first);
      check(last);
    }

    @Override
    public double at(int step, int steps) {
      return steps == 1 ? first : first + step * (last - first) / (steps - 1);
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
