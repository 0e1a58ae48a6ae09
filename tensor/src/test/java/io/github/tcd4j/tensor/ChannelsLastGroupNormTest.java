package io.github.tcd4j.tensor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** libtorch's own kernel, on the same numbers in the other layout, is the measure. */
class ChannelsLastGroupNormTest {
  private static final int GROUPS = 4;

  @ParameterizedTest
  @CsvSource({"8, 16, 16, true", "24, 5, 7, true", "32, 8, 8, false", "8, 32, 32, false"})
  void valuesAndGradientsAreThoseOfLibtorchsKernel(int c, int h, int w, boolean suits) {
    try (Scope scope = Scope.open();
        RandomSource random = new RandomSource(7)) {
      Tensor x = random.normal(3, c, h, w).times(2).plus(5);
      Tensor weight = random.normal(c).requiresGrad_(true);
      Tensor bias = random.normal(c).requiresGrad_(true);
      Tensor upstream = random.normal(3, c, h, w);
      Tensor planar = x.copy().requiresGrad_(true);
      Tensor last = x.channelsLast().requiresGrad_(true);
      assertThat(ChannelsLastGroupNorm.suits(planar, GROUPS)).isFalse();
      assertThat(ChannelsLastGroupNorm.suits(last, GROUPS)).isEqualTo(suits);

      Tensor expected = Functional.groupNorm(planar, GROUPS, weight, bias, 1e-5);
      Tensor actual = Functional.groupNorm(last, GROUPS, weight, bias, 1e-5);

      assertClose(actual, expected, 1e-5);
      List<Tensor> theirs =
          Autograd.gradients(expected.times(upstream).sum(), List.of(planar, weight, bias));
      List<Tensor> ours =
          Autograd.gradients(actual.times(upstream).sum(), List.of(last, weight, bias));
      for (int i = 0; i < theirs.size(); i++) {
        assertClose(ours.get(i), theirs.get(i), 1e-5);
      }
    }
  }

  @ParameterizedTest
  @CsvSource({"8, true", "64, true", "128, false"})
  void bfloat16StaysBfloat16WithStatisticsInFloat32(int c, boolean suits) {
    try (Scope scope = Scope.open();
        RandomSource random = new RandomSource(8)) {
      Tensor x = random.normal(2, c, 8, 8).to(DType.BF16).channelsLast();
      Tensor weight = random.normal(c);
      Tensor bias = random.normal(c);
      assertThat(ChannelsLastGroupNorm.suits(x, GROUPS)).isEqualTo(suits);

      Tensor actual = Functional.groupNorm(x, GROUPS, weight, bias, 1e-5);

      assertThat(actual.dtype()).isEqualTo(DType.BF16);
      Tensor exact = Functional.groupNorm(x.to(DType.F32).contiguous(), GROUPS, weight, bias, 1e-5);
      assertClose(actual.to(DType.F32), exact, 1e-2);
    }
  }

  @ParameterizedTest
  @CsvSource({"8", "24"})
  void theResultIsChannelsLastAgain(int c) {
    try (Scope scope = Scope.inference();
        RandomSource random = new RandomSource(9)) {
      Tensor x = random.normal(2, c, 6, 6).channelsLast();
      Tensor y = Functional.groupNorm(x, GROUPS, random.normal(c), random.normal(c), 1e-5);
      assertThat(ChannelsLastGroupNorm.suits(y, GROUPS)).isTrue();
    }
  }

  /** Equal to within {@code share} of the largest value. */
  private static void assertClose(Tensor actual, Tensor expected, double share) {
    double scale = expected.abs().max().item();
    assertThat(actual.minus(expected).abs().max().item()).isCloseTo(0, within(share * scale));
  }

  @Test
  void weightsLearnOnFeaturesThatDoNot() {
    try (Scope scope = Scope.open();
        RandomSource random = new RandomSource(5)) {
      for (long size : new long[] {4, 32}) {
        Tensor x = random.normal(2, 64, size, size);
        Tensor weight = Tensor.ones(DType.F32, 64).requiresGrad_(true);
        Tensor bias = Tensor.zeros(DType.F32, 64).requiresGrad_(true);
        Functional.groupNorm(x.channelsLast(), 32, weight, bias, 1e-5).square().sum().backward();
        Tensor gradient = weight.gradient();
        Tensor other = Tensor.ones(DType.F32, 64).requiresGrad_(true);
        Functional.groupNorm(x.requiresGrad_(true), 32, other, bias, 1e-5)
            .square()
            .sum()
            .backward();

        assertThat(gradient.minus(other.gradient()).abs().max().item()).isLessThan(1e-2);
        assertThat(gradient.abs().min().item()).isGreaterThan(1);
      }
    }
  }
}
