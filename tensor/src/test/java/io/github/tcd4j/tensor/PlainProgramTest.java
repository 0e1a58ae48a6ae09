package io.github.tcd4j.tensor;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What the launcher sets by options for java, the library must set for itself. */
@EnabledOnOs(OS.LINUX)
class PlainProgramTest {
  @ParameterizedTest
  @ValueSource(strings = {"engine", "file", "device"})
  void withoutAnyOptionTheLibraryChoosesItsBlasItsMemoryAndThreadsThatSleep(String first)
      throws Exception {
    String text = PlainProgram.run(first, Map.of());

    assertThat(text)
        .contains("OMP_WAIT_POLICY = 'PASSIVE'", "GOMP_SPINCOUNT = '0'")
        .contains("openblas.load=mkl", "javacpp.maxPhysicalBytes=0")
        .contains("sum=3000000.0")
        .contains("threads=" + Runtime.getRuntime().availableProcessors() + "\n");
    if (System.getProperty("os.arch").matches("amd64|x86_64")) {
      assertThat(text).contains("blas=MKL");
    }
  }

  @ParameterizedTest
  @CsvSource({
    "OMP_WAIT_POLICY, ACTIVE, OMP_WAIT_POLICY = 'ACTIVE'",
    "GOMP_SPINCOUNT, 12345, GOMP_SPINCOUNT = '12345'",
    "KMP_BLOCKTIME, 200, GOMP_SPINCOUNT = '300000'"
  })
  void theUsersOwnChoiceOfWaitingWins(String name, String value, String found) throws Exception {
    assertThat(PlainProgram.run(Map.of(name, value))).contains(found);
  }

  @Test
  void theUsersOwnPropertiesWin() throws Exception {
    assertThat(
            PlainProgram.run(
                Map.of(),
                "-Dorg.bytedeco.openblas.load=openblas",
                "-Dorg.bytedeco.javacpp.maxPhysicalBytes=8g"))
        .contains("openblas.load=openblas", "blas=OpenBLAS", "javacpp.maxPhysicalBytes=8g");
  }

  /** A container's quota is seen by Java alone; OpenMP counts the processors of the machine. */
  @Test
  void noMoreThreadsThanTheProcessorsThatJavaMayUse() throws Exception {
    assertThat(PlainProgram.run(Map.of(), "-XX:ActiveProcessorCount=1")).contains("threads=1\n");
  }

  @Test
  void theUsersOwnNumberOfThreadsWins() throws Exception {
    assertThat(PlainProgram.run(Map.of("OMP_NUM_THREADS", "3"), "-XX:ActiveProcessorCount=1"))
        .contains("threads=3\n");
  }

  @Test
  void theRestOfTheEnvironmentStays() throws Exception {
    assertThat(PlainProgram.run(Map.of("TCD4J_PLAIN", "kept", "OMP_NUM_THREADS", "2")))
        .contains("getenv=kept", "OMP_NUM_THREADS = '2'");
  }
}
