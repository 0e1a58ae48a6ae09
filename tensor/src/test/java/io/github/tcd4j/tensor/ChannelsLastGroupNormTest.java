package io.github.tcd4j.tensor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import java.util.stream.Stream;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.global.torch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Double precision, or libtorch's own kernel on the same numbers in the other layout, measures. */
class ChannelsLastGroupNormTest {
  private static final int GROUPS = 4;

  /**
   * m + a cos(2 pi (3 p / n + phase of the channel)) over n pixels p has the mean m and the
   * variance a^2 / 2 whatever the phases are: a mean of six deviations. Every second sample is the
   * negative of the first.
   */
  @ParameterizedTest
  @CsvSource({
    "1, 16, 512, 512, 2e-5",
    "1, 8, 300, 500, 3e-5",
    "2, 64, 128, 128, 1e-5",
    "2, 256, 75, 83, 3e-6",
    "3, 128, 32, 32, 3e-6",
    "2, 40, 16, 16, 3e-6",
    "2, 64, 7, 9, 3e-6"
  })
  void theMomentsOfAMapFarFromZeroAreExact(int b, int c, int h, int w, double bound) {
    double mean = 3.7;
    double amplitude = 0.9;
    long n = (long) h * w;
    try (Scope scope = Scope.inference()) {
      Tensor turns = Tensor.arange(n).to(DType.F64).times(3.0 / n).reshape(1, n);
      Tensor phases = Tensor.arange(c).to(DType.F64).div(7).reshape(c, 1);
      Tensor wave = turns.plus(phases).times(2 * Math.PI).cos().reshape(1, c, h, w);
      Tensor signs = Tensor.arange(b).to(DType.F64).times(Math.PI).cos().reshape(b, 1, 1, 1);
      Tensor x = wave.times(amplitude).plus(mean).times(signs).to(DType.F32).channelsLast();
      Tensor weight = Tensor.arange(c).to(DType.F32).div(c).plus(0.5);
      Tensor bias = Tensor.arange(c).to(DType.F32).div(-c);
      assertThat(ChannelsLastGroupNorm.suits(x, GROUPS)).isTrue();

      Tensor actual = Functional.groupNorm(x, GROUPS, weight, bias, 1e-2).to(DType.F64);

      double deviation = Math.sqrt(amplitude * amplitude / 2 + 1e-2);
      Tensor expected =
          wave.times(signs)
              .times(amplitude / deviation)
              .times(weight.to(DType.F64).reshape(1, c, 1, 1))
              .plus(bias.to(DType.F64).reshape(1, c, 1, 1));
      assertThat(actual.minus(expected).abs().max().item()).isLessThan(bound);
    }
  }

  /** A ramp from end to end, so that a mean over variances of blocks would not be the variance. */
  @Test
  void blocksOfDifferentMeansAreOneMap() {
    try (Scope scope = Scope.inference();
        RandomSource random = new RandomSource(3)) {
      Tensor ramp = Tensor.arange(128 * 131).to(DType.F32).div(1300).reshape(1, 1, 128, 131);
      Tensor x = random.normal(2, 64, 128, 131).times(0.1).plus(ramp).channelsLast();
      Tensor weight = random.normal(64);
      Tensor bias = random.normal(64);

      Tensor actual = Functional.groupNorm(x, GROUPS, weight, bias, 1e-5);

      Tensor expected =
          Functional.groupNorm(
              x.to(DType.F64).contiguous(), GROUPS, weight.to(DType.F64), bias.to(DType.F64), 1e-5);
      assertClose(actual.to(DType.F64), expected, 2e-6);
    }
  }

  /** libtorch's sums over so many pixels are off by 1e-5 of the largest value. */
  @Test
  void aLargeMapAroundZeroIsExactToo() {
    try (Scope scope = Scope.inference();
        RandomSource random = new RandomSource(4)) {
      Tensor x = random.normal(1, 8, 512, 512);
      Tensor weight = random.normal(8);
      Tensor bias = random.normal(8);

      Tensor actual = Functional.groupNorm(x.channelsLast(), GROUPS, weight, bias, 1e-5);

      Tensor expected =
          Functional.groupNorm(
              x.to(DType.F64), GROUPS, weight.to(DType.F64), bias.to(DType.F64), 1e-5);
      assertClose(actual.to(DType.F64), expected, 1e-6);
    }
  }

  /** One group of one sample is enough, and its sign does not matter. */
  @Test
  void aSmallMapIsLibtorchsUnlessAGroupIsFarFromZero() {
    try (Scope scope = Scope.inference();
        RandomSource random = new RandomSource(6)) {
      Tensor near = random.normal(2, 32, 32, 32);
      Tensor far = near.copy();
      Tensor group = far.select(0, 1).narrow(0, 8, 8);
      group.copyFrom_(group.minus(30));

      assertThat(differenceFromLibtorch(near.channelsLast())).isZero();
      assertThat(differenceFromLibtorch(far.channelsLast())).isGreaterThan(1e-5);
    }
  }

  private static double differenceFromLibtorch(Tensor x) {
    Tensor one = Tensor.ones(DType.F32, x.size(1));
    Tensor none = Tensor.zeros(DType.F32, x.size(1));
    Tensor theirs =
        new Tensor(
            torch.group_norm(
                x.handle(),
                GROUPS,
                new TensorOptional(one.handle()),
                new TensorOptional(none.handle()),
                1e-5,
                true));
    return Functional.groupNorm(x, GROUPS, one, none, 1e-5).minus(theirs).abs().max().item();
  }

  /** By the other layout, by libtorch, by libtorch on centred maps, by passes. */
  @ParameterizedTest
  @CsvSource({
    "8, 16, 16, 20",
    "24, 5, 7, 20",
    "32, 8, 8, 0",
    "32, 8, 8, 20",
    "32, 40, 40, 1",
    "32, 40, 40, -20",
    "8, 128, 129, 0",
    "8, 128, 129, 20"
  })
  void valuesAndGradientsAreThoseOfDoublePrecision(int c, int h, int w, double mean) {
    try (Scope scope = Scope.open();
        RandomSource random = new RandomSource(7)) {
      Tensor x = random.normal(3, c, h, w).times(2).plus(mean);
      Tensor weight = random.normal(c);
      Tensor bias = random.normal(c);
      Tensor upstream = random.normal(3, c, h, w);
      Results exact = Results.of(x, weight, bias, upstream, DType.F64);
      Results ours = Results.of(x.channelsLast(), weight, bias, upstream, DType.F32);

      assertClose(ours.value.to(DType.F64), exact.value, 1e-5);
      for (int i = 0; i < exact.gradients.size(); i++) {
        assertClose(ours.gradients.get(i).to(DType.F64), exact.gradients.get(i), 2e-5);
      }
    }
  }

  /** A convolution gives bfloat16 under autocast, the stem float32; parameters are float32. */
  @ParameterizedTest
  @CsvSource({
    "BF16, 8, 8, 8, 0",
    "BF16, 8, 8, 8, 6",
    "BF16, 64, 16, 16, 6",
    "BF16, 128, 8, 8, 6",
    "BF16, 32, 40, 40, 6",
    "F32, 8, 16, 16, 20",
    "F32, 32, 8, 8, 0",
    "F32, 32, 40, 40, 20",
    "F32, 8, 128, 129, 20"
  })
  void gradientsUnderAutocastAreThoseOfDoublePrecision(
      DType type, int c, int h, int w, double mean) {
    try (Scope scope = Scope.open();
        RandomSource random = new RandomSource(9)) {
      Tensor x = random.normal(3, c, h, w).times(2).plus(mean).to(type);
      Tensor weight = random.normal(c);
      Tensor bias = random.normal(c);
      Tensor upstream = random.normal(3, c, h, w).to(type);
      Results exact = Results.of(x, weight, bias, upstream, DType.F64);
      List<Tensor> leaves =
          Stream.of(x.channelsLast(), weight, bias)
              .map(t -> t.detach().requiresGrad_(true))
              .toList();

      Tensor value;
      try (Autograd.Autocast autocast = Autograd.bf16()) {
        value = Functional.groupNorm(leaves.get(0), GROUPS, leaves.get(1), leaves.get(2), 1e-5);
      }
      List<Tensor> gradients =
          Autograd.gradients(value.to(DType.F64).times(upstream.to(DType.F64)).sum(), leaves);

      double share = type == DType.BF16 ? 8e-3 : 2e-5;
      assertThat(value.dtype()).isEqualTo(type);
      assertClose(value.to(DType.F64), exact.value, share);
      assertThat(gradients.get(0).dtype()).isEqualTo(type);
      for (int i = 0; i < gradients.size(); i++) {
        assertClose(gradients.get(i).to(DType.F64), exact.gradients.get(i), share);
      }
    }
  }

  /** A value and its gradients, of x, weight and bias. */
  private record Results(Tensor value, List<Tensor> gradients) {
    static Results of(Tensor x, Tensor weight, Tensor bias, Tensor upstream, DType type) {
      List<Tensor> all =
          Stream.of(x, weight, bias).map(t -> t.to(type).detach().requiresGrad_(true)).toList();
      Tensor value = Functional.groupNorm(all.get(0), GROUPS, all.get(1), all.get(2), 1e-5);
      return new Results(value, Autograd.gradients(value.times(upstream.to(type)).sum(), all));
    }
  }

  @Test
  void otherLayoutsAndTypesAreLibtorchs() {
    try (Scope scope = Scope.inference();
        RandomSource random = new RandomSource(7)) {
      Tensor x = random.normal(2, 8, 5, 5);
      assertThat(ChannelsLastGroupNorm.suits(x, GROUPS)).isFalse();
      assertThat(ChannelsLastGroupNorm.suits(x.to(DType.F64).channelsLast(), GROUPS)).isFalse();
      assertThat(ChannelsLastGroupNorm.suits(x.channelsLast(), 3)).isFalse();
      assertThat(ChannelsLastGroupNorm.suits(x.reshape(2, 8, 25), GROUPS)).isFalse();
      assertThat(ChannelsLastGroupNorm.suits(x.channelsLast(), GROUPS)).isTrue();
    }
  }

  @ParameterizedTest
  @CsvSource({"8, 8, 8", "64, 8, 8", "128, 8, 8", "64, 75, 83"})
  void bfloat16StaysBfloat16WithStatisticsInFloat32(int c, int h, int w) {
    try (Scope scope = Scope.inference();
        RandomSource random = new RandomSource(8)) {
      Tensor x = random.normal(2, c, h, w).plus(4).to(DType.BF16).channelsLast();
      Tensor weight = random.normal(c);
      Tensor bias = random.normal(c);

      Tensor actual = Functional.groupNorm(x, GROUPS, weight, bias, 1e-5);

      assertThat(actual.dtype()).isEqualTo(DType.BF16);
      Tensor exact = Functional.groupNorm(x.to(DType.F32).contiguous(), GROUPS, weight, bias, 1e-5);
      assertClose(actual.to(DType.F32), exact.to(DType.BF16).to(DType.F32), 1e-2);
      assertThat(actual.to(DType.F32).minus(exact).abs().mean().item())
          .isLessThan(1.01 * exact.to(DType.BF16).to(DType.F32).minus(exact).abs().mean().item());
    }
  }

  @ParameterizedTest
  @CsvSource({"8, 6", "24, 6", "64, 32", "8, 128", "64, 128"})
  void theResultIsChannelsLastAgain(int c, int side) {
    try (Scope scope = Scope.inference();
        RandomSource random = new RandomSource(9)) {
      Tensor x = random.normal(2, c, side, side).channelsLast();
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
  void aBiasLearnsOnFeaturesThatDoNot() {
    try (Scope scope = Scope.open();
        RandomSource random = new RandomSource(5)) {
      Tensor x = random.normal(2, 64, 32, 32).channelsLast();
      Tensor bias = Tensor.zeros(DType.F32, 64).requiresGrad_(true);
      Tensor y = Functional.groupNorm(x, 32, Tensor.ones(DType.F32, 64), bias, 1e-5);
      assertThat(Autograd.gradients(y.sum(), List.of(bias)).get(0).toFloatArray())
          .containsOnly(2 * 32 * 32f);
    }
  }

  @Test
  void weightsLearnOnFeaturesThatDoNot() {
    try (Scope scope = Scope.open();
        RandomSource random = new RandomSource(5)) {
      for (long size : new long[] {4, 32}) {
        Tensor x = random.normal(2, 64, size, size);
        Tensor weight = Tensor.ones(DType.F32, 64).requiresGrad_(true);
        Tensor bias = Tensor.zeros(DType.F32, 64).requiresGrad_(true);
        Autograd.backward(
            Functional.groupNorm(x.channelsLast(), 32, weight, bias, 1e-5).square().sum());
        Tensor gradient = Autograd.gradient(weight);
        Tensor other = Tensor.ones(DType.F32, 64).requiresGrad_(true);
        Autograd.backward(
            Functional.groupNorm(x.requiresGrad_(true), 32, other, bias, 1e-5).square().sum());

        assertThat(gradient.minus(Autograd.gradient(other)).abs().max().item()).isLessThan(1e-2);
        assertThat(gradient.abs().min().item()).isGreaterThan(1);
      }
    }
  }
}
