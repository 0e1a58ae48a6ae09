package io.github.tcd4j.evaluation.metric;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.github.tcd4j.tensor.DType;
import io.github.tcd4j.tensor.Scope;
import io.github.tcd4j.tensor.Tensor;
import org.junit.jupiter.api.Test;

class ClipScoreTest {
  @Test
  void theScoreIsAHundredTimesTheCosineWhateverTheLengths() {
    try (Scope scope = Scope.inference()) {
      Tensor images = Tensor.of(new double[] {2, 0, 3, 4, 1, 1, 0, 0}, 4, 2);
      Tensor texts = Tensor.of(new double[] {5, 0, 0.4, -0.3, -7, -7, 1, 1}, 4, 2);
      assertThat(ClipScore.of(images, texts))
          .containsExactly(new double[] {100, 0, -100, 0}, within(1e-10));
    }
  }

  @Test
  void eachPictureNeedsACaption() {
    try (Scope scope = Scope.inference()) {
      Tensor two = Tensor.ones(DType.F32, 2, 3);
      assertThatThrownBy(() -> ClipScore.of(two, Tensor.ones(DType.F32, 1, 3)))
          .hasMessageContaining("each picture needs one caption");
    }
  }
}
