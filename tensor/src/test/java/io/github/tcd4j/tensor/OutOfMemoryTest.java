package io.github.tcd4j.tensor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.github.tcd4j.files.Hint;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class OutOfMemoryTest {
  @Test
  void moreThanAnyMachineHasIsReportedWithWhatWouldHelp() {
    try (Scope scope = Scope.inference()) {
      // As a view it costs nothing; its sum with itself would be 4 PiB.
      Tensor view = Tensor.of(new float[] {1}, 1, 1).expand(1L << 25, 1L << 25);
      TensorException e = catchThrowableOfType(TensorException.class, () -> view.plus(view));
      assertThat(e.hint()).isEqualTo(Hint.LESS_MEMORY);
      assertThat(e).hasMessageStartingWith("out of memory in ").hasMessageContaining("33554432");
      assertThat(e).hasCauseInstanceOf(RuntimeException.class);
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "[enforce fail at alloc_cpu.cpp:117] err == 0. DefaultCPUAllocator: can't allocate memory:"
            + " you tried to allocate 4503599627370496 bytes. Error code 12 (Cannot allocate memory)",
        "CUDA out of memory. Tried to allocate 2.00 GiB. GPU 0 has a total capacity of 8.00 GiB",
        "CUDA error: out of memory\nCompile with `TORCH_USE_CUDA_DSA`",
        "MPS backend out of memory (MPS allocated: 8.00 GB)"
      })
  void theAllocatorOfEachDeviceIsRecognised(String message) {
    RuntimeException fault = new RuntimeException(message);
    assertThat(TensorException.outOfMemory(fault)).isTrue();
    assertThatThrownBy(
            () ->
                NativeCall.call(
                    "conv2d",
                    () -> {
                      throw fault;
                    }))
        .isInstanceOfSatisfying(
            TensorException.class, e -> assertThat(e.hint()).isEqualTo(Hint.LESS_MEMORY));
  }

  @Test
  void anotherFailureHasNoHint() {
    try (Scope scope = Scope.inference()) {
      Tensor two = Tensor.of(new float[] {1, 2}, 2);
      Tensor three = Tensor.of(new float[] {1, 2, 3}, 3);
      TensorException e = catchThrowableOfType(TensorException.class, () -> two.plus(three));
      assertThat(e.hint()).isEqualTo(Hint.NONE);
      assertThat(TensorException.outOfMemory(e)).isFalse();
    }
  }
}
