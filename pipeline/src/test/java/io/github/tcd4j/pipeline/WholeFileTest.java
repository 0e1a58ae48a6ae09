package io.github.tcd4j.pipeline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class WholeFileTest {
  @TempDir Path folder;

  @Test
  void aFileIsReplacedAndNothingElseStays() {
    Path file = folder.resolve("a.txt");
    WholeFile.write(file, "one");
    WholeFile.write(file, "two");
    assertThat(file).hasContent("two");
    WholeFile.write(file, new byte[] {3, 0, 5});
    assertThat(file).hasBinaryContent(new byte[] {3, 0, 5});
    assertThat(folder).isDirectoryNotContaining(f -> !f.equals(file));
  }

  @Test
  void aWriteThatFailsNamesTheFileAndLeavesNothingBeside() throws IOException {
    Path taken = Files.createDirectories(folder.resolve("a.txt"));
    Files.createFile(taken.resolve("inside"));
    assertThatThrownBy(() -> WholeFile.write(taken, "one"))
        .isInstanceOf(PipelineException.class)
        .hasMessageStartingWith("cannot write " + taken + ": ");
    assertThat(folder).isDirectoryNotContaining(f -> !f.equals(taken));
  }
}
