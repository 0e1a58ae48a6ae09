package io.github.tcd4j.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PictureFilesTest {
  @TempDir Path folder;

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

    assertThat(files.next("anything")).isEqualTo(folder.resolve("apple-3.png"));
  }

  @Test
  void aFolderThatIsMissingIsMade() throws Exception {
    PictureFiles files = PictureFiles.of(folder.resolve("a/b")).prepare();

    assertThat(files.next("pear")).isEqualTo(folder.resolve("a/b/pear.png"));
    assertThat(folder.resolve("a/b")).isDirectory();
  }

  @Test
  void aFileIsNoFolder() throws Exception {
    Path file = Files.createFile(folder.resolve("notes.txt"));

    assertThatThrownBy(() -> PictureFiles.of(file).prepare())
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("is a file; give a folder, or a name that ends in .png");
  }
}
