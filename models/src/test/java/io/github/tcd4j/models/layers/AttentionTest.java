package io.github.tcd4j.models.layers;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.tcd4j.tensor.DType;
import io.github.tcd4j.tensor.Device;
import io.github.tcd4j.tensor.Functional;
import io.github.tcd4j.tensor.RandomSource;
import io.github.tcd4j.tensor.Scope;
import io.github.tcd4j.tensor.Tensor;
import org.junit.jupiter.api.Test;

class AttentionTest {
  @Test
  void slicesOfTheRowsAreTheWhole() {
    try (Scope scope = Scope.inference();
        RandomSource random = new RandomSource(0)) {
      Tensor q = random.normal(2, 3, 10, 8);
      Tensor k = random.normal(2, 3, 7, 8);
      Tensor v = random.normal(2, 3, 7, 8);
      Tensor whole = Functional.attention(q, k, v, false);

      for (long rows : new long[] {1, 4, 5, 10}) {
        Tensor sliced = Attention.sliced(q, k, v, rows);
        assertThat(sliced.minus(whole).abs().max().item()).as("%d rows", rows).isLessThan(1e-6);
      }
    }
  }

  @Test
  void halvesStayHalvesButOnTheProcessor() {
    try (Scope scope = Scope.inference()) {
      Tensor x = Tensor.zeros(DType.BF16, 2, 10, 8);
      assertThat(Attention.heads(x, 2, false).dtype()).isEqualTo(DType.F32);
      assertThat(Attention.heads(x.to(Device.META), 2, false).dtype()).isEqualTo(DType.BF16);
      assertThat(Attention.heads(x.to(Device.META), 2, true).dtype()).isEqualTo(DType.F32);
    }
  }
}
