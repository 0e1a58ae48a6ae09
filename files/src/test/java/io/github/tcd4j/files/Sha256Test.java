package io.github.tcd4j.files;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class Sha256Test {
  /** FIPS 180-2, appendix B.1. */
  private static final String ABC =
      "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

  @TempDir Path folder;

  @Test
  void textAndFileGiveTheStandardsHash() throws IOException {
    assertThat(Sha256.of("abc")).isEqualTo(ABC);
    assertThat(Sha256.of(Files.writeString(folder.resolve("abc"), "abc"))).isEqualTo(ABC);
  }

  @Test
  void partsAreKeptApart() {
    assertThat(new Sha256().add("ab").add("c").hex())
        .isNotEqualTo(new Sha256().add("a").add("bc").hex());
    assertThat(new Sha256().add("abc").brief())
        .hasSize(16)
        .isEqualTo(new Sha256().add("abc").hex().substring(0, 16));
  }

  @Test
  void samplesOfAFileTellItsLengthAndItsEnds() throws IOException {
    byte[] bytes = new byte[100_000];
    Path file = Files.write(folder.resolve("file"), bytes);
    String hash = new Sha256().sample(file).brief();
    bytes[99_999] = 1;
    Files.write(file, bytes);
    assertThat(new Sha256().sample(file).brief()).isNotEqualTo(hash);
    Files.write(file, new byte[100_001]);
    assertThat(new Sha256().sample(file).brief()).isNotEqualTo(hash);
  }

  @Test
  void aFileThatIsMissingIsNamed() {
    Path missing = folder.resolve("missing");
    assertThatThrownBy(() -> Sha256.of(missing))
        .isInstanceOf(FileException.class)
        .hasMessageContaining(missing.toString());
  }
}
