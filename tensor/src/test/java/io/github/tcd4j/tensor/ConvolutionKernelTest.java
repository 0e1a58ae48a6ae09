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
