package io.github.tcd4j.tensor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.tcd4j.files.InvalidRequestException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;

class EngineTest {
  @Test
  @EnabledIfSystemProperty(named = "os.arch", matches = "amd64|x86_64")
  void mklIsTheBlasThatIsLoadedOnIntelAndAmd() {
    Engine.load();

    assertThat(Engine.blas()).isEqualTo("MKL");
  }

  @Test
  void theEngineSaysWhatItIs() {
    assertThat(Engine.version()).startsWith("2.10.0");
    assertThat(Engine.cpuCapability()).isNotBlank();
    assertThat(Engine.configuration()).contains("PyTorch built with");
  }

  @Test
  void noThreadIsTooFew() {
    assertThatThrownBy(() -> Engine.threads(0))
        .isInstanceOf(InvalidRequestException.class)
        .hasMessage("threads must be at least 1 but was 0");
  }

  @Test
  void theCacheOfNativeLibrariesIsAFolder() throws Exception {
    assertThat(NativeCache.folder()).isDirectory();
    assertThat(NativeCache.platform()).contains("-");
  }

  @Test
  void theBuildForNvidiaGpusIsToldByItsLibraries() {
    assertThat(NativeCache.isForNvidia())
        .isEqualTo(System.getProperty("java.class.path").contains("-gpu.jar"));
  }
}
