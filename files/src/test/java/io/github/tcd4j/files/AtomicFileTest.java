package io.github.tcd4j.files;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(20)
class AtomicFileTest {
  private static final int WRITERS = 8;

  @TempDir Path folder;

  @Test
  void aFileIsReplacedAndNothingElseStays() {
    Path file = folder.resolve("a.txt");
    AtomicFile.write(file, "one");
    AtomicFile.write(file, "two");
    assertThat(file).hasContent("two");
    AtomicFile.write(file, new byte[] {3, 0, 5});
    assertThat(file).hasBinaryContent(new byte[] {3, 0, 5});
    assertThat(folder).isDirectoryNotContaining(f -> !f.equals(file));
  }

  @Test
  void aWriteThatFailsNamesTheFileAndLeavesNothingBeside() throws IOException {
    Path taken = Files.createDirectories(folder.resolve("a.txt"));
    Files.createFile(taken.resolve("inside"));
    assertThatThrownBy(() -> AtomicFile.write(taken, "one"))
        .isInstanceOf(FileException.class)
        .hasMessageStartingWith("cannot write " + taken + ": ");
    assertThat(folder).isDirectoryNotContaining(f -> !f.equals(taken));
  }

  @Test
  void contentThatFailsHalfwayLeavesWhatWasThere() {
    Path file = folder.resolve("a.txt");
    AtomicFile.write(file, "one");
    IllegalStateException bug = new IllegalStateException("freed");
    assertThatThrownBy(
            () ->
                AtomicFile.write(
                    file,
                    channel -> {
                      channel.write(ByteBuffer.wrap(new byte[10]));
                      throw bug;
                    }))
        .isSameAs(bug);
    assertThat(file).hasContent("one");
    assertThat(folder).isDirectoryNotContaining(f -> !f.equals(file));
  }

  @Test
  void aFolderThatIsMissingIsTheReason() {
    Path file = folder.resolve("missing/a.txt");
    assertThatThrownBy(() -> AtomicFile.write(file, "one"))
        .hasMessage("cannot write " + file + ": its folder does not exist");
    assertThatThrownBy(() -> AtomicFile.writeNew(file, new byte[1]))
        .hasMessage("cannot write " + file + ": its folder does not exist");
  }

  @Test
  void theLongestNameThatTheSystemAllowsCanBeWritten() {
    Path file = folder.resolve("x".repeat(255));
    AtomicFile.write(file, "one");
    assertThat(file).hasContent("one");
  }

  @Test
  void aNewFileReplacesNothing() {
    Path file = folder.resolve("a.txt");
    assertThat(AtomicFile.writeNew(file, new byte[] {1})).isTrue();
    assertThat(AtomicFile.writeNew(file, new byte[] {2})).isFalse();
    assertThat(file).hasBinaryContent(new byte[] {1});
    assertThat(folder).isDirectoryNotContaining(f -> !f.equals(file));
  }

  @Test
  void withoutLinksANewFileReplacesNothingEither() throws IOException {
    Path temporary = Files.write(folder.resolve("t"), new byte[] {2});
    Path file = Files.write(folder.resolve("a.txt"), new byte[] {1});
    assertThatThrownBy(() -> AtomicFile.reserve(temporary, file))
        .isInstanceOf(FileAlreadyExistsException.class);
    assertThat(file).hasBinaryContent(new byte[] {1});
    Files.delete(file);
    AtomicFile.reserve(temporary, file);
    assertThat(file).hasBinaryContent(new byte[] {2});
    assertThat(temporary).doesNotExist();
  }

  @Test
  void ofWritersAtTheSameTimeOneWinsWhole() throws Exception {
    Path file = folder.resolve("a");
    Path fresh = folder.resolve("b");
    CyclicBarrier start = new CyclicBarrier(WRITERS);
    ExecutorService pool = Executors.newFixedThreadPool(WRITERS);
    int created = 0;
    try {
      List<Future<Boolean>> done = new ArrayList<>();
      for (int i = 0; i < WRITERS; i++) {
        byte[] content = new byte[100_000];
        Arrays.fill(content, (byte) i);
        Callable<Boolean> writer =
            () -> {
              start.await();
              AtomicFile.write(file, content);
              return AtomicFile.writeNew(fresh, content);
            };
        done.add(pool.submit(writer));
      }
      for (Future<Boolean> f : done) {
        created += f.get() ? 1 : 0;
      }
    } finally {
      pool.shutdownNow();
    }
    assertThat(created).isEqualTo(1);
    for (Path written : List.of(file, fresh)) {
      byte[] content = Files.readAllBytes(written);
      assertThat(content).hasSize(100_000).containsOnly(content[0]);
    }
    assertThat(folder).isDirectoryNotContaining("glob:**.tmp");
  }
}
