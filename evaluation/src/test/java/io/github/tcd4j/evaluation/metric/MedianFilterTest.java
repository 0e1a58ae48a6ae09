package io.github.tcd4j.evaluation.metric;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.tcd4j.tensor.DType;
import io.github.tcd4j.tensor.RandomSource;
import io.github.tcd4j.tensor.Scope;
import io.github.tcd4j.tensor.Tensor;
import org.junit.jupiter.api.Test;

class MedianFilterTest {
  /** Each value is that of scipy.ndimage.median_filter(x, size=3, mode="nearest"). */
  @Test
  void everyPixelBecomesTheMiddleOfItsNeighboursPlaneByPlane() {
    try (Scope scope = Scope.inference()) {
      byte[] two = {
        1, 2, 3, 4, 50, 6, 7, 8, 9, -1, 11, 12, // 255 among small ones
        0, 0, 0, 0, 0, 0, 90, 90, 90, 90, 90, 90
      };
      Tensor filtered = MedianFilter.of(Tensor.of(two, 1, 2, 4, 3));
      assertThat(filtered.toByteArray())
          .containsExactly(
              2, 3, 3, 4, 6, 6, 8, 9, 9, 11, 11, 11, 0, 0, 0, 0, 0, 0, 90, 90, 90, 90, 90, 90);
    }
  }

  @Test
  void noiseRaisesComplexityLessAfterItThanBefore() {
    try (Scope scope = Scope.inference()) {
      Tensor noise = new RandomSource(1).normal(1, 3, 64, 64).times(10).plus(128);
      Tensor noisy = noise.round().clamp(0, 255).to(DType.U8);
      double before = Complexity.of(noisy)[0];
      assertThat(Complexity.of(MedianFilter.of(noisy))[0]).isLessThan(0.5 * before);
    }
  }

  @Test
  void anEdgeStaysWhereItIs() {
    try (Scope scope = Scope.inference()) {
      byte[] edge = new byte[3 * 16 * 16];
      for (int i = 0; i < edge.length; i++) {
        edge[i] = (byte) (i % 16 < 7 ? 20 : 200);
      }
      Tensor picture = Tensor.of(edge, 1, 3, 16, 16);
      assertThat(MedianFilter.of(picture).sameAs(picture)).isTrue();
    }
  }
}
