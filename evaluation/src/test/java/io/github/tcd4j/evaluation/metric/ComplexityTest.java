package io.github.tcd4j.evaluation.metric;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.github.tcd4j.tensor.DType;
import io.github.tcd4j.tensor.RandomSource;
import io.github.tcd4j.tensor.Scope;
import io.github.tcd4j.tensor.Tensor;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class ComplexityTest {
  private final Scope scope = Scope.inference();

  @AfterEach
  void close() {
    scope.close();
  }

  private static double of(Tensor levels) {
    return Complexity.of(levels.round().clamp(0, 255).to(DType.U8))[0];
  }

  private static Tensor noise(double size) {
    return new RandomSource(1).normal(1, 1, 64, 64).times(size).plus(128).repeat(1, 3, 1, 1);
  }

  /** Vertical stripes of that many pixels, black and white. */
  private static Tensor stripes(int width) {
    double[] row = new double[64];
    for (int i = 0; i < 64; i++) {
      row[i] = i / width % 2 == 0 ? 0 : 255;
    }
    return Tensor.of(row, 1, 1, 1, 64).repeat(1, 3, 64, 1);
  }

  @Test
  void aPictureGivesTheNumberOfScipysCosineTransform() {
    assertThat(Complexity.of(Fixture.pictures())[0])
        .isCloseTo(Fixture.number("complexity"), within(1e-9));
  }

  @Test
  void flatPicturesHaveNoneWhateverTheirColour() {
    Tensor red = Tensor.of(new double[] {200, 10, 30}, 1, 3, 1, 1).repeat(1, 1, 20, 12);
    assertThat(of(red)).isZero();
    assertThat(of(noise(0))).isZero();
  }

  @Test
  void faintNoiseIsFreeAndVisibleNoiseCostsMoreTheStrongerItIs() {
    assertThat(of(noise(0.7))).isLessThan(0.01);
    assertThat(of(noise(10))).isBetween(0.5, of(noise(20)));
    // Twice the amplitude costs one bit more for each coefficient.
    assertThat(of(noise(40)) - of(noise(20))).isCloseTo(1, within(0.15));
  }

  @Test
  void blurringLowersIt() {
    Tensor sharp = stripes(3);
    Tensor left = Tensor.cat(3, sharp.narrow(3, 1, 63), sharp.narrow(3, 63, 1));
    assertThat(of(sharp.plus(left).div(2))).isLessThan(of(sharp));
  }

  @Test
  void textureCostsMoreThanOneEdge() {
    Tensor edge = stripes(36);
    Tensor fine = stripes(3);
    assertThat(of(edge)).isPositive().isLessThan(of(fine));
    assertThat(of(fine)).isLessThan(of(noise(60)));
  }

  @Test
  void sizesThatAreNotWholeBlocksRepeatTheirEdge() {
    Tensor flat = Tensor.full(77, DType.U8, 2, 3, 13, 5);
    assertThat(Complexity.of(flat)).containsExactly(0, 0);
    Tensor picture = Fixture.pictures();
    Tensor cut = picture.narrow(2, 0, 15);
    Tensor mended = Tensor.cat(2, cut, cut.narrow(2, 14, 1));
    assertThat(Complexity.of(cut)).containsExactly(Complexity.of(mended));
  }

  @Test
  void everyPictureOfABatchIsMeasuredByItself() {
    Tensor a = noise(30).clamp(0, 255).to(DType.U8);
    Tensor b = stripes(5).to(DType.U8);
    assertThat(Complexity.of(Tensor.cat(0, a, b)))
        .containsExactly(Complexity.of(a)[0], Complexity.of(b)[0]);
  }

  @Test
  void otherThanBytesIsRefused() {
    assertThatThrownBy(() -> Complexity.of(noise(1)))
        .hasMessageContaining("pictures must be U8 (B, 3, H, W) but were F32[1, 3, 64, 64]");
  }
}
