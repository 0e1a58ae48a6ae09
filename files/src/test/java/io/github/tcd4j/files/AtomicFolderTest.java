package io.github.tcd4j.files;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AtomicFolderTest {
  @TempDir Path parent;
  private Path folder;

  @BeforeEach
  void name() {
    folder = parent.resolve("step-1");
  }

  private static AtomicFolder.Content text(String text) {
    return f -> Files.writeString(f.resolve("a"), text);
  }

  private static void full(Path fresh) throws IOException {
    Files.writeString(fresh.resolve("a"), "half");
    throw new IOException("the disk is full");
  }

  @Test
  void aFolderIsReplacedAndNothingElseStays() throws IOException {
    AtomicFolder.write(folder, text("one"));
    AtomicFolder.write(folder, text("two"));
    assertThat(folder.resolve("a")).hasContent("two");
    assertThat(parent).isDirectoryNotContaining(f -> !f.equals(folder));
  }

  @Test
  void aWriteThatFailsLeavesWhatWasThere() throws IOException {
    AtomicFolder.write(folder, text("one"));
    assertThatThrownBy(() -> AtomicFolder.write(folder, AtomicFolderTest::full))
        .hasMessage("the disk is full");
    assertThat(folder.resolve("a")).hasContent("one");
    assertThat(parent).isDirectoryNotContaining(f -> !f.equals(folder));
  }

  @Test
  void theOnlyCopyOutlastsACrashBetweenTheTwoRenamesAndAWriteThatFails() throws IOException {
    AtomicFolder.write(folder, text("one"));
    Files.move(folder, parent.resolve(".step-1.tcd4j-old"));
    assertThatThrownBy(() -> AtomicFolder.write(folder, AtomicFolderTest::full))
        .hasMessage("the disk is full");
    assertThat(folder.resolve("a")).hasContent("one");
  }
}
