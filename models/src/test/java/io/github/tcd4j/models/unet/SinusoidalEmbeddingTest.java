package io.github.tcd4j.models.unet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.github.tcd4j.models.Fixture;
import io.github.tcd4j.tensor.Autograd;
import io.github.tcd4j.tensor.DType;
import io.github.tcd4j.tensor.Device;
import io.github.tcd4j.tensor.Scope;
import io.github.tcd4j.tensor.Tensor;
import org.junit.jupiter.api.Test;

/** Expected numbers were computed in float64 by the formulas of the class comment. */
class SinusoidalEmbeddingTest {

  private static void assertChannels(Tensor row, int[] channels, double[] expected, double error) {
    float[] values = row.toFloatArray();
    for (int i = 0; i < channels.length; i++) {
      assertThat((double) values[channels[i]]).isCloseTo(expected[i], within(error));
    }
  }

  @Test
  void aTimeHasCosinesThenSinesOfAngularFrequenciesFromOneDown() {
    try (Scope scope = Scope.inference()) {
      Tensor wave = new SinusoidalEmbedding(320, true, 0).forward(Tensor.of(new long[] {999}));

      assertThat(wave.shape()).containsExactly(1, 320);
      assertChannels(
          wave,
          new int[] {0, 1, 159, 160, 161, 319},
          new double[] {0.99965, 0.802681, 0.994406, -0.026461, 0.596409, 0.105622},
          1e-4);
    }
  }

  @Test
  void aGuidanceWeightHasSinesThenCosinesOfAThousandTimesIt() {
    try (Scope scope = Scope.inference()) {
      Tensor wave = SinusoidalEmbedding.ofGuidance(Tensor.of(new double[] {7.5}), 256);

      assertChannels(
          wave,
          new int[] {0, 1, 127, 128, 129, 255},
          new double[] {-0.851236, 0.842228, 0.681639, -0.524783, 0.539121, 0.731689},
          1e-3);
    }
  }

  @Test
  void guidanceEmbeddingsAreThoseOfDiffusers() {
    try (Scope scope = Scope.inference();
        Fixture f = new Fixture("unet/guidance-embedding")) {
      Tensor expected = f.get("guidance_embedding");

      Tensor wave = SinusoidalEmbedding.ofGuidance(f.get("guidance"), (int) expected.size(1));

      Fixture.assertClose("embedding", wave, expected, 1e-6);
    }
  }

  @Test
  void theLastOfAnOddNumberOfChannelsIsZero() {
    try (Scope scope = Scope.inference()) {
      Tensor wave = new SinusoidalEmbedding(5, true, 0).forward(Tensor.of(new float[] {0.5f, 2}));

      assertThat(wave.shape()).containsExactly(2, 5);
      assertThat(wave.select(1, 4).toFloatArray()).containsExactly(0, 0);
    }
  }

  @Test
  void mixedPrecisionDoesNotTouchIt() {
    try (Scope scope = Scope.inference()) {
      Tensor times = Tensor.of(new float[] {998, 999});
      Tensor plain = new SinusoidalEmbedding(8, true, 0).forward(times);
      try (Autograd.Autocast mixed = Autograd.bf16()) {
        Tensor wave = new SinusoidalEmbedding(8, true, 0).forward(times);

        assertThat(wave.dtype()).isEqualTo(DType.F32);
        assertThat(wave.sameAs(plain)).isTrue();
      }
    }
  }

  @Test
  void frequenciesAreWhereTheValuesAre() {
    try (Scope scope = Scope.inference()) {
      Tensor values = Tensor.of(new double[] {7.5}).to(Device.META);

      assertThat(new SinusoidalEmbedding(5, true, 0).forward(values).device())
          .isEqualTo(Device.META);
    }
  }
}
