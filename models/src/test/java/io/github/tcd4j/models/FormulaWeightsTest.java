package io.github.tcd4j.models;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.tcd4j.tensor.Scope;
import org.junit.jupiter.api.Test;

/** The formula itself, by the numbers that {@code oracle/formula.py} gives. */
class FormulaWeightsTest {
  @Test
  void aMatrixAndAVarianceAreThoseOfTheScript() {
    try (Scope scope = Scope.inference()) {
      assertThat(FormulaWeights.value("a.weight", 2, 3).toFloatArray())
          .containsExactly(
              -0.06590879f, 0.42823672f, 0.9426856f, -0.59527576f, 0.22644961f, 0.34152174f);
      assertThat(FormulaWeights.value("bn.running_var", 2).toFloatArray())
          .containsExactly(0.579777f, 0.6765008f);
    }
  }
}
