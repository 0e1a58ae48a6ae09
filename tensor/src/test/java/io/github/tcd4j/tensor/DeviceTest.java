package io.github.tcd4j.tensor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.util.List;
import org.bytedeco.pytorch.global.torch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class DeviceTest {
  @ParameterizedTest
  @ValueSource(strings = {"cpu", "cuda:0", "cuda:11", "mps"})
  void aNameIsReadAndWritten(String name) {
    assertThat(Device.parse(name)).hasToString(name);
    assertThat(Device.parse(name).toNative().str().getString()).isEqualTo(name);
  }

  @Test
  void cudaAloneIsTheFirst() {
    assertThat(Device.parse("cuda")).hasToString("cuda:0");
  }

  @ParameterizedTest
  @ValueSource(strings = {"gpu", "CPU", "cuda:", "cuda:-1", "cuda:100", "mps:0", "meta", ""})
  void anythingElseIsRefused(String name) {
    assertThatThrownBy(() -> Device.parse(name))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("device must be cpu, cuda, cuda:N or mps but was " + name);
  }

  @Test
  void aDeviceThatIsNotThereIsToldInOneSentence() {
    assertThat(Device.CPU.requireAvailable()).isEqualTo(Device.CPU);
    if (!torch.hasMPS()) {
      assertThatThrownBy(() -> Device.MPS.requireAvailable())
          .isInstanceOf(TensorException.class)
          .hasMessageContaining("device mps is not available")
          .hasMessageContaining("--device cpu");
    }
    if (!torch.cuda_is_available()) {
      assertThatThrownBy(() -> Device.parse("cuda:1").requireAvailable())
          .isInstanceOf(TensorException.class)
          .hasMessageContaining("device cuda:1 is not available");
    }
  }

  /** Needs a GPU: its kernels refuse halves under float32 weights, which the processor's take. */
  @ParameterizedTest
  @EnumSource(names = {"F16", "BF16"})
  void normsOfHalvesOnAGpuAreThoseOfTheProcessor(DType half) {
    assumeTrue(torch.cuda_is_available(), "no NVIDIA GPU here");
    Device gpu = Device.parse("cuda");
    try (Scope scope = Scope.inference();
        RandomSource random = new RandomSource(0)) {
      Tensor x = random.normal(2, 4, 3, 4).to(half);
      Tensor w = random.normal(4);
      Tensor grouped =
          Functional.groupNorm(x.to(gpu), 2, w.to(gpu), w.to(gpu), 1e-5).to(Device.CPU);
      Tensor layered = Functional.layerNorm(x.to(gpu), w.to(gpu), w.to(gpu), 1e-5).to(Device.CPU);
      assertThat(List.of(grouped.dtype(), layered.dtype())).containsOnly(half);
      Tensor full = x.to(DType.F32);
      near(grouped, Functional.groupNorm(full, 2, w, w, 1e-5));
      near(layered, Functional.layerNorm(full, w, w, 1e-5));
    }
  }

  private static void near(Tensor half, Tensor full) {
    double error = half.to(DType.F32).minus(full).abs().max().item();
    assertThat(error).isLessThan(0.01 * full.abs().max().item());
  }
}
