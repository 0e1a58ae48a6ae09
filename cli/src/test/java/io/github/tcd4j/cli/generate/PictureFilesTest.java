package io.github.tcd4j.cli.generate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.tcd4j.files.AtomicFile;
import io.github.tcd4j.files.InvalidRequestException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@Timeout(120)
class PictureFilesTest {
  @TempDir Path folder;

  private static boolean empty(Path file) {
    return AtomicFile.writeNew(file, new byte[0]);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          red apple, fluent 3d style | red-apple-fluent-3d-style
          ../../etc/passwd           | etc-passwd
          -o --help                  | o-help
          Ünïcode 日本               | ünïcode-日本
          !!!                        | picture
          """)
  void namesAreMadeOfLettersAndDigits(String prompt, String name) {
    assertThat(PictureFiles.slug(prompt)).isEqualTo(name);
  }

  @Test
  void longNamesEndBetweenWords() {
    String slug = PictureFiles.slug("a very long prompt ".repeat(20));

    assertThat(slug).hasSizeLessThanOrEqualTo(60).endsWith("prompt-a").startsWith("a-very");
    assertThat(PictureFiles.slug("x".repeat(500))).hasSize(60);
  }

  @Test
  void aPictureThatIsThereIsNotReplaced() throws Exception {
    PictureFiles files = PictureFiles.of(folder.resolve("apple.PNG")).prepare();
    Files.createFile(folder.resolve("apple.png"));
    Files.createFile(folder.resolve("apple-2.png"));

    assertThat(files.write("anything", PictureFilesTest::empty))
        .isEqualTo(folder.resolve("apple-3.png"));
  }

  @Test
  void writersAtTheSameTimeReplaceNothing() throws Exception {
    int writers = 8;
    PictureFiles files = PictureFiles.of(folder.resolve("apple.png")).prepare();
    CyclicBarrier start = new CyclicBarrier(writers);
    ExecutorService pool = Executors.newFixedThreadPool(writers);
    Map<Path, Integer> written = new ConcurrentHashMap<>();
    try {
      List<Future<?>> done = new ArrayList<>();
      for (int i = 0; i < writers; i++) {
        int writer = i;
        done.add(
            pool.submit(
                () -> {
                  start.await();
                  for (int n = 0; n < 10; n++) {
                    int id = 10 * writer + n;
                    byte[] content = {(byte) id};
                    Path file = files.write("", f -> AtomicFile.writeNew(f, content));
                    assertThat(written.put(file, id)).isNull();
                  }
                  return null;
                }));
      }
      for (Future<?> f : done) {
        f.get();
      }
    } finally {
      pool.shutdownNow();
    }
    assertThat(written).hasSize(10 * writers);
    written.forEach((file, id) -> assertThat(file).hasBinaryContent(new byte[] {id.byteValue()}));
    assertThat(folder).isDirectoryNotContaining("glob:**.tmp");
  }

  @Test
  void aFolderThatIsMissingIsMade() throws Exception {
    PictureFiles files = PictureFiles.of(folder.resolve("a/b")).prepare();

    assertThat(files.write("pear", PictureFilesTest::empty))
        .isEqualTo(folder.resolve("a/b/pear.png"));
    assertThat(folder.resolve("a/b")).isDirectory();
  }

  @Test
  void aFileIsNoFolder() throws Exception {
    Path file = Files.createFile(folder.resolve("notes.txt"));

    assertThatThrownBy(() -> PictureFiles.of(file).prepare())
        .isInstanceOf(InvalidRequestException.class)
        .hasMessageContaining("is a file; give a folder, or a name that ends in .png");
  }
}
