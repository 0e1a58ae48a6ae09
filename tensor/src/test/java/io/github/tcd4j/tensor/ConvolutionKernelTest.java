package io.github.tcd4j.tensor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The same convolution with the plain kernel is the measure. */
class ConvolutionKernelTest {
  @ParameterizedTest
  @CsvSource({
    // in, out, k, height, width, batch, stride, padding
    "320, 320, 3, 8, 8, 1, 1, 1",
    "64, 32, 3, 9, 7, 2, 1, 1",
    "33, 17, 3, 12, 5, 3, 2, 1",
    "64, 64, 3, 9, 9, 1, 2, 0",
    "4, 320, 3, 64, 64, 2, 1, 1",
    "320, 4, 3, 16, 16, 1, 1, 1",
    "3, 16, 5, 20, 11, 1, 1, 2",
    "48, 48, 1, 6, 6, 2, 1, 0"
  })
  void theConvolutionIsThatOfThePlainKernel(
      int in, int out, int k, int height, int width, int batch, int stride, int padding) {
    for (DType type : new DType[] {DType.F32, DType.BF16}) {
      try (Scope scope = Scope.inference();
          RandomSource random = new RandomSource(3)) {
        Tensor x = random.normal(batch, in, height, width).to(type).channelsLast();
        Tensor kernel = random.normal(out, in, k, k).to(type);
        Tensor bias = random.normal(out).to(type);
        Tensor packed = ConvolutionKernel.pack(kernel);

        assertThat(ConvolutionKernel.isPacked(packed)).isTrue();
        assertThat(packed.shape()).isEqualTo(kernel.shape());
        assertThat(packed.dtype()).isEqualTo(type);
        for (Tensor b : new Tensor[] {bias, null}) {
          Tensor plain = Functional.conv2d(x, kernel.channelsLast(), b, stride, padding);
          Tensor actual = Functional.conv2d(x, packed, b, stride, padding);
          assertThat(actual.dtype()).isEqualTo(type);
          double scale = plain.to(DType.F32).abs().max().item();
          double off = actual.to(DType.F32).minus(plain.to(DType.F32)).abs().max().item();
          assertThat(off).isLessThan((type == DType.F32 ? 5e-6 : 1e-2) * scale);
        }
        Tensor back = ConvolutionKernel.unpack(packed);
        assertThat(back.minus(kernel).abs().max().item()).isZero();
      }
    }
  }

  /** Windows that are not square, of groups and with what follows. */
  @ParameterizedTest
  @CsvSource({
    // in, out, groups, kernel, side, stride, padding
    "8, 12, 1, 1, 7, 9, 1, 0, 3",
    "8, 12, 1, 7, 1, 9, 1, 3, 0",
    "16, 16, 16, 3, 3, 10, 2, 1, 1",
    "8, 12, 2, 3, 2, 11, 2, 0, 1"
  })
  void theGeometryAndTheReluAreThoseOfThePlainKernel(
      int in,
      int out,
      int groups,
      int height,
      int width,
      int side,
      int stride,
      int paddingHeight,
      int paddingWidth) {
    try (Scope scope = Scope.inference();
        RandomSource random = new RandomSource(3)) {
      var geometry = new ConvolutionGeometry(stride, paddingHeight, paddingWidth, groups);
      Tensor x = random.normal(2, in, side, side).channelsLast();
      Tensor kernel = random.normal(out, in / groups, height, width);
      Tensor bias = random.normal(out);
      // Packed for another side than that of the map.
      Tensor packed = ConvolutionKernel.pack(kernel, geometry, 3L * side);
      for (boolean relu : new boolean[] {false, true}) {
        Tensor plain = Functional.conv2d(x, kernel, bias, geometry, relu);
        Tensor actual = Functional.conv2d(x, packed, bias, geometry, relu);
        assertThat(actual.shape()).isEqualTo(plain.shape());
        assertThat(actual.min().item() >= 0).isEqualTo(relu);
        double scale = plain.abs().max().item();
        assertThat(actual.minus(plain).abs().max().item()).isLessThan(5e-6 * scale);
      }
    }
  }

  @ParameterizedTest
  @CsvSource({"48, 32, 1", "48, 32, 5", "768, 64, 64", "33, 17, 300"})
  void theProductWithAPackedWeightIsThatOfThePlainOne(int in, int out, int rows) {
    try (Scope scope = Scope.inference();
        RandomSource random = new RandomSource(3)) {
      Tensor weight = random.normal(out, in);
      Tensor bias = random.normal(out);
      Tensor packed = ConvolutionKernel.packLinear(weight);
      assertThat(ConvolutionKernel.isPacked(packed)).isTrue();
      assertThat(packed.shape()).isEqualTo(weight.shape());
      Tensor x = random.normal(2, in, rows).transpose(1, 2);
      for (Tensor b : new Tensor[] {bias, null}) {
        Tensor plain = Functional.linear(x, weight, b);
        Tensor actual = Functional.linear(x, packed, b);
        assertThat(actual.shape()).isEqualTo(plain.shape());
        double scale = plain.abs().max().item();
        assertThat(actual.minus(plain).abs().max().item()).isLessThan(5e-6 * scale);
      }
      assertThat(Functional.linear(x.select(0, 0), packed, bias).shape())
          .containsExactly(rows, out);
      assertThat(ConvolutionKernel.unpack(packed).sameAs(weight)).isTrue();
    }
  }

  @Test
  void noGradientGoesThroughAPackedWeight() {
    try (Scope scope = Scope.open();
        RandomSource random = new RandomSource(3)) {
      Tensor packed = ConvolutionKernel.packLinear(random.normal(4, 4));
      Tensor x = random.normal(2, 4).requiresGrad_(true);
      assertThatThrownBy(() -> Functional.linear(x, packed, null))
          .isInstanceOf(TensorException.class)
          .hasMessageStartingWith("linear: no gradient goes through the packed weight");
    }
  }

  @Test
  void aGeometryWithoutAStepIsRefused() {
    assertThatThrownBy(() -> new ConvolutionGeometry(0, 1, 2, 1))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            "stride and groups must be at least 1 and padding at least 0 but were 0, 1, 1x2");
  }

  @Test
  void packingTwiceAndUnpackingThePlainChangesNothing() {
    try (Scope scope = Scope.inference();
        RandomSource random = new RandomSource(3)) {
      Tensor kernel = random.normal(16, 16, 3, 3);
      Tensor packed = ConvolutionKernel.pack(kernel);
      ConvolutionKernel.pack(packed).close();
      ConvolutionKernel.unpack(kernel).close();
      Tensor again = ConvolutionKernel.pack(packed);
      assertThat(ConvolutionKernel.isPacked(again)).isTrue();
      assertThat(ConvolutionKernel.unpack(again).minus(kernel).abs().max().item()).isZero();
      assertThat(ConvolutionKernel.unpack(kernel).minus(kernel).abs().max().item()).isZero();
    }
  }

  @Test
  void aGradientIsRefusedAloud() {
    try (Scope scope = Scope.open();
        RandomSource random = new RandomSource(3)) {
      Tensor x = random.normal(1, 16, 4, 4).channelsLast().requiresGrad_(true);
      Tensor packed = ConvolutionKernel.pack(random.normal(16, 16, 3, 3));
      assertThatThrownBy(() -> Functional.conv2d(x, packed, null, 1, 1))
          .isInstanceOf(TensorException.class)
          .hasMessageContaining("no gradient");
    }
  }

  @Test
  void nothingStaysBehind() {
    try (Scope scope = Scope.inference();
        RandomSource random = new RandomSource(3)) {
      Tensor x = random.normal(1, 16, 4, 4).channelsLast();
      Tensor packed = ConvolutionKernel.pack(random.normal(16, 16, 3, 3));
      long before = 0;
      for (int i = 0; i < 100; i++) {
        if (i == 1) {
          before = Engine.liveObjects();
        }
        try (Scope step = Scope.inference()) {
          Functional.conv2d(x, packed, null, 1, 1);
        }
      }
      assertThat(Engine.liveObjects()).isLessThanOrEqualTo(before);
    }
  }
}
