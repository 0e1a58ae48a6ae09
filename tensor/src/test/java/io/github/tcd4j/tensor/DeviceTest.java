package io.github.tcd4j.tensor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.tcd4j.files.Hint;
import io.github.tcd4j.files.InvalidRequestException;
import io.github.tcd4j.files.Tcd4jException;
import org.bytedeco.pytorch.global.torch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
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
        .isInstanceOf(InvalidRequestException.class)
        .hasMessage("device must be cpu, cuda, cuda:N or mps but was " + name);
  }

  @Test
  void aDeviceThatIsNotThereIsToldInOneSentence() {
    assertThat(Device.CPU.requireAvailable()).isEqualTo(Device.CPU);
    if (!torch.hasMPS()) {
      assertThatThrownBy(() -> Device.MPS.requireAvailable())
          .isInstanceOf(TensorException.class)
          .hasMessageContaining("device mps is not available")
          .extracting(e -> ((Tcd4jException) e).hint())
          .isEqualTo(Hint.CPU_DEVICE);
    }
    if (!torch.cuda_is_available()) {
      assertThatThrownBy(() -> Device.parse("cuda:1").requireAvailable())
          .isInstanceOf(TensorException.class)
          .hasMessageContaining("device cuda:1 is not available");
    }
  }
}
