package io.github.tcd4j.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ImageFolderTest {
  @TempDir Path folder;

  private void image(String name) throws IOException {
    Path file = folder.resolve(name);
    Files.createDirectories(file.getParent());
    Files.write(file, TestShard.png(4, 4));
  }

  private void text(String name, String content) throws IOException {
    Files.writeString(folder.resolve(name), content);
  }

  private Map<String, String> captions() {
    return InMemoryDataset.read(folder).images().stream()
        .collect(java.util.stream.Collectors.toMap(CaptionedImage::key, CaptionedImage::caption));
  }

  @Test
  void captionsAreNextToTheirImages() throws IOException {
    image("a.png");
    text("a.txt", "of a\n");
    image("sub/b.v1.PNG");
    text("sub/b.v1.Caption", "of b");
    image("c.png");
    text("c.json", "{\"prompt\": \"of c\"}");
    image("sub/._b.v1.png");
    image(".cache/d.png");
    text("notes.md", "no caption");

    assertThat(captions()).isEqualTo(Map.of("a", "of a", "sub/b.v1", "of b", "c", "of c"));
    assertThat(InMemoryDataset.read(folder).summary())
        .isEqualTo("3 examples of 4x4 pixels from a folder, dropped none");
  }

  @Test
  void rowsOfJsonLinesNameImagesFromTheirOwnFolder() throws IOException {
    image("train/1.png");
    image("train/deep/2.png");
    text(
        "train/metadata.jsonl",
        "\ufeff{\"file_name\": \"1.png\", \"text\": \"one\"}\n\n"
            + "{\"file_name\": \"deep/2.png\", \"text\": \"two\"}\n"
            + "{\"file_name\": \"gone.png\", \"text\": \"three\"}\n");

    assertThat(captions()).isEqualTo(Map.of("train/1", "one", "train/deep/2", "two"));
    assertThat(InMemoryDataset.read(folder).dropped())
        .isEqualTo(Map.of("without an image", List.of("train/gone")));
  }

  @Test
  void cellsOfCsvMayHoldCommasQuotesAndNewlines() throws IOException {
    image("1.png");
    image("2.png");
    text(
        "metadata.csv", "file_name,text\r\n1.png,\"a \"\"red\"\", round\napple\"\r\n2.png,two\r\n");

    assertThat(captions()).isEqualTo(Map.of("1", "a \"red\", round\napple", "2", "two"));
  }

  @Test
  void imagesThatCannotBeUsedAreCounted() throws IOException {
    image("good.png");
    text("good.txt", "good");
    image("mute.png");
    text("old.gif", "GIF89a");
    text("old.txt", "caption");
    text("wrong.jpg", "<html>not found</html>");
    text("wrong.txt", "caption");

    assertThat(InMemoryDataset.read(folder).dropped())
        .isEqualTo(
            Map.of(
                "without a caption", List.of("mute"),
                "without an image", List.of("old"),
                "with an image that cannot be decoded", List.of("wrong")));
  }

  @Test
  void metadataWithoutFileNamesAreAnErrorThatNamesTheRow() throws IOException {
    image("1.png");
    text("metadata.jsonl", "{\"image\": \"1.png\"}\n");

    assertThatThrownBy(() -> InMemoryDataset.read(folder))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("row 1 of " + folder.resolve("metadata.jsonl"));
  }
}
