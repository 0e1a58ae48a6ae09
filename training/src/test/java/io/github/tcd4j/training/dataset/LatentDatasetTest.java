package io.github.tcd4j.training.dataset;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.github.tcd4j.models.unet.Conditioning;
import io.github.tcd4j.tensor.DType;
import io.github.tcd4j.tensor.RandomSource;
import io.github.tcd4j.tensor.Scope;
import io.github.tcd4j.tensor.Tensor;
import java.util.Arrays;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class LatentDatasetTest {
  private static final int[] ROWS = {2, 0, 2};

  private final Scope scope = Scope.open();

  /** Three pictures; the tokens of caption r are all r + 1, those of the empty one 0. */
  private final LatentDataset corpus =
      new LatentDataset(
          Tensor.arange(3).to(DType.F32).reshape(3, 1, 1, 1).expand(3, 2, 4, 4).contiguous(),
          Tensor.of(new float[] {0.5f, 1, 2}).reshape(3, 1, 1, 1).expand(3, 2, 4, 4).contiguous(),
          Conditioning.text(
              Tensor.arange(3).to(DType.F32).plus(1).reshape(3, 1, 1).expand(3, 5, 7).contiguous()),
          Conditioning.text(Tensor.zeros(DType.F32, 1, 5, 7)));

  @AfterEach
  void free() {
    scope.close();
  }

  @Test
  void latentsAreDrawnFromThePosterior() {
    Tensor z = new RandomSource(3).normal(3, 2, 4, 4);
    Tensor latents = corpus.latents(ROWS, new RandomSource(3));
    double[] mean = {2, 0, 2};
    double[] std = {2, 0.5, 2};
    for (int b = 0; b < 3; b++) {
      Tensor expected = z.select(0, b).times(std[b]).plus(mean[b]);
      assertThat(latents.select(0, b).minus(expected).abs().max().item()).isLessThan(1e-6);
    }
  }

  @Test
  void theShareOfDroppedCaptionsIsTheDropout() {
    int[] rows = new int[4000];
    Arrays.fill(rows, 1);
    Tensor tokens = corpus.conditioning(rows, 0.2, new RandomSource(4)).tokens();
    double[] firsts = tokens.narrow(1, 0, 1).narrow(2, 0, 1).contiguous().toDoubleArray();
    assertThat(Arrays.stream(firsts).filter(v -> v == 0).count() / 4000.0)
        .isCloseTo(0.2, within(0.03));
    assertThat(firsts).containsOnly(0, 2);
    assertThat(tokens.min().item()).isZero();
    assertThat(tokens.mean(false, 1, 2).toDoubleArray()).containsOnly(0, 2);
  }

  @Test
  void withoutDropoutEveryRowHasItsOwnCaption() {
    Tensor tokens = corpus.conditioning(ROWS, 0, new RandomSource(5)).tokens();
    assertThat(tokens.mean(false, 1, 2).toDoubleArray()).containsExactly(3, 1, 3);
  }
}
