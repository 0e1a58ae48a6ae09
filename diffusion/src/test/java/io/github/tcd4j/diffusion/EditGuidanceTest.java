package io.github.tcd4j.diffusion;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.github.tcd4j.tensor.DType;
import io.github.tcd4j.tensor.Scope;
import io.github.tcd4j.tensor.Tensor;
import org.junit.jupiter.api.Test;

class EditGuidanceTest {
  @Test
  void textGuidesFromThePictureAndThePictureFromNeither() {
    try (Scope scope = Scope.inference()) {
      Tensor x = Tensor.of(new float[] {1, 2}, 2, 1, 1, 1);
      Tensor t = Tensor.of(new float[] {500, 500}, 2);
      // Of text and picture 7, of the picture 5, of neither 2, times x.
      Tensor answers = Tensor.of(new float[] {7, 7, 5, 5, 2, 2}, 6, 1, 1, 1);
      Denoiser triple =
          (rows, times, s) -> {
            assertThat(times.size(0)).isEqualTo(6);
            return new Prediction(Prediction.Kind.V, rows.times(answers));
          };
      Prediction p = new EditGuidance(triple, 4, 1.5).at(x, t, t);

      assertThat(p.kind()).isEqualTo(Prediction.Kind.V);
      assertThat(p.output().item(0)).isEqualTo(2 + 4 * 2 + 1.5 * 3, within(1e-5));
      assertThat(p.output().item(1)).isEqualTo(2 * (2 + 4 * 2 + 1.5 * 3), within(1e-5));
    }
  }

  @Test
  void scalesThatTurnItOffAreRefused() {
    Denoiser none =
        (x, t, s) -> new Prediction(Prediction.Kind.EPSILON, Tensor.zeros(DType.F32, 1));
    assertThatThrownBy(() -> new EditGuidance(none, 1, 1.5)).hasMessageContaining("1.0 and 1.5");
    assertThatThrownBy(() -> new EditGuidance(none, 4, 0.5)).hasMessageContaining("4.0 and 0.5");
  }
}
