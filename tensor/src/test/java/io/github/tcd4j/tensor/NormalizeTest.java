package io.github.tcd4j.tensor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;

class NormalizeTest {
  @Test
  void rowsHaveLengthOneAndZerosStayZeros() {
    try (Scope scope = Scope.inference()) {
      Tensor x = Tensor.of(new double[] {3, -4, 0, 0}).reshape(2, 2);
      assertThat(Functional.normalize(x, 1).toDoubleArray()).containsExactly(0.6, -0.8, 0, 0);
      assertThat(Functional.normalize(x.to(DType.F32), 1).reshape(4).item(1))
          .isCloseTo(-0.8, within(1e-6));
      double[] columns = Functional.normalize(x.plus(1), 0).toDoubleArray();
      assertThat(columns[0] * columns[0] + columns[2] * columns[2]).isCloseTo(1, within(1e-12));
    }
  }
}
