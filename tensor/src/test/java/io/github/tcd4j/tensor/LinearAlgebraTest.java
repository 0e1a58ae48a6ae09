package io.github.tcd4j.tensor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.github.tcd4j.tensor.LinearAlgebra.Eigen;
import org.junit.jupiter.api.Test;

class LinearAlgebraTest {
  @Test
  void eigenvaluesOfAKnownMatrixAreAscending() {
    try (Scope scope = Scope.inference()) {
      Tensor m = Tensor.of(new double[] {2, 1, 1, 2}, 2, 2);
      assertThat(LinearAlgebra.eigenvalues(m).toDoubleArray())
          .containsExactly(new double[] {1, 3}, within(1e-14));
      assertThat(LinearAlgebra.eigh(m).values().toDoubleArray())
          .containsExactly(new double[] {1, 3}, within(1e-14));
      assertThat(LinearAlgebra.trace(m).item()).isEqualTo(4);
    }
  }

  @Test
  void valuesAndVectorsPutTheMatrixTogetherAgain() {
    try (Scope scope = Scope.inference()) {
      Tensor a = new RandomSource(7).normal(20, 20).to(DType.F64);
      Tensor m = a.matmul(a.transpose(0, 1));
      Eigen e = LinearAlgebra.eigh(m);
      Tensor again = e.vectors().times(e.values()).matmul(e.vectors().transpose(0, 1));
      assertThat(again.minus(m).abs().max().item()).isLessThan(1e-12);
    }
  }

  @Test
  void decompositionsLeaveNoNativeObject() {
    Tensor m = Tensor.of(new double[] {2, 1, 1, 2}, 2, 2);
    decompose(m);
    long before = Engine.settledObjects();
    decompose(m);
    assertThat(Engine.liveObjects()).isEqualTo(before);
    m.close();
  }

  private static void decompose(Tensor m) {
    try (Scope scope = Scope.inference()) {
      LinearAlgebra.eigh(m);
      LinearAlgebra.eigenvalues(m);
    }
  }

  @Test
  void aMatrixThatIsNotSquareIsRefusedByName() {
    try (Scope scope = Scope.inference()) {
      Tensor m = Tensor.zeros(DType.F64, 2, 3);
      assertThatThrownBy(() -> LinearAlgebra.eigh(m))
          .isInstanceOf(TensorException.class)
          .hasMessageContaining("eigh failed on F64[2, 3]");
    }
  }
}
