package io.github.tcd4j.tensor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;

class RandomSourceTest {
  @Test
  void drawsTheNumbersOfPyTorchsCpuGenerator() {
    try (Scope scope = Scope.open()) {
      assertThat(new RandomSource(0).normal(3).toFloatArray())
          .containsExactly(new float[] {1.540996f, -0.293429f, -2.178789f}, within(1e-6f));
      assertThat(new RandomSource(42).normal(2).toFloatArray())
          .containsExactly(new float[] {0.336690f, 0.128809f}, within(1e-6f));
      assertThat(new RandomSource(0).normal(4, 4).narrow(0, 0, 1).toFloatArray())
          .containsExactly(new float[] {-1.1258f, -1.1524f, -0.2506f, -0.4339f}, within(1e-4f));
    }
  }

  @Test
  void continuesFromASavedState() {
    try (Scope scope = Scope.open()) {
      RandomSource a = new RandomSource(7);
      a.normal(5);
      Tensor state = a.state();
      Tensor next = a.normal(40);
      RandomSource b = new RandomSource(8);
      b.restore(state);
      assertThat(b.normal(40).sameAs(next)).isTrue();
    }
  }

  @Test
  void integersStayBelowTheBoundAndReachIt() {
    try (Scope scope = Scope.open()) {
      Tensor draws = new RandomSource(1).integers(3, 1000);
      assertThat(draws.toLongArray()).containsOnly(0, 1, 2);
    }
  }
}
