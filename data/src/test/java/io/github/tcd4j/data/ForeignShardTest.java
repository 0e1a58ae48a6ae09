package io.github.tcd4j.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;
import org.apache.commons.compress.archivers.tar.TarConstants;
import org.apache.commons.compress.compressors.bzip2.BZip2CompressorOutputStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Shards as other programs write them. */
class ForeignShardTest {
  @TempDir Path folder;
  private Path file;

  @BeforeEach
  void name() {
    file = folder.resolve("a.tar");
  }

  private static byte[] png() throws IOException {
    return TestShard.png(4, 4);
  }

  private List<String> captions() {
    return InMemoryDataset.read(file).images().stream().map(CaptionedImage::caption).toList();
  }

  private static byte[] marked(String text, String charset) {
    return ("\ufeff" + text).getBytes(Charset.forName(charset));
  }

  @Test
  void theCaseOfEndingsIsOfNoAccount() throws IOException {
    try (TestShard shard = new TestShard(file)) {
      shard.add("0001.PNG", png()).add("0001.TXT", "red apple").add("0001.Json", "{\"n\":1}");
    }
    assertThat(InMemoryDataset.read(file).images().get(0).fields()).isEqualTo(Map.of("n", "1"));
    assertThat(captions()).containsExactly("red apple");
  }

  @Test
  void shardsMayUseTheSameKeys() throws IOException {
    for (String name : List.of("00000.tar", "00001.tar")) {
      try (TestShard shard = new TestShard(folder.resolve(name))) {
        shard.add("0.png", png()).add("0.txt", "of " + name);
      }
    }
    assertThat(InMemoryDataset.read(folder).images())
        .extracting(CaptionedImage::caption)
        .containsExactly("of 00000.tar", "of 00001.tar");
  }

  @ParameterizedTest
  @CsvSource({
    "0001.png, 0001, png",
    "./0001.png, 0001, png",
    "././a/0001.JPG, a/0001, jpg",
    "a.b/c.d/0001.seg.PNG, a.b/c.d/0001, seg.png",
    "größe.png, größe, png",
  })
  void aNameIsDividedAtTheFirstDotOfItsBase(String name, String key, String ending) {
    assertThat(EntryName.of(name)).isEqualTo(new EntryName(key, ending));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "._0001.png",
        "a/._0001.png",
        "./.DS_Store",
        "README",
        "a.b/README",
        "__info__",
        "__x__/a.png"
      })
  void someFilesBelongToNoSample(String name) {
    assertThat(EntryName.of(name)).isNull();
  }

  @Test
  void aMacsHiddenFilesDoNotDivideASample() throws IOException {
    try (TestShard shard = new TestShard(file)) {
      shard.add("./._0001.png", "notes").add("./0001.png", png());
      shard.add("./._0001.txt", "notes").add("./0001.txt", "red apple");
    }
    assertThat(captions()).containsExactly("red apple");
    assertThat(InMemoryDataset.read(file).dropped()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(ints = {TarArchiveOutputStream.LONGFILE_GNU, TarArchiveOutputStream.LONGFILE_POSIX})
  void longAndForeignNamesAreRead(int mode) throws IOException {
    String key = "größe/" + "folder/".repeat(40) + "0001";
    try (OutputStream out = Files.newOutputStream(file);
        TarArchiveOutputStream tar = new TarArchiveOutputStream(out, "UTF-8")) {
      tar.setLongFileMode(mode);
      tar.setAddPaxHeadersForNonAsciiNames(true);
      add(tar, new TarArchiveEntry(key + ".png"), png());
      add(tar, new TarArchiveEntry(key + ".txt"), "red apple".getBytes(StandardCharsets.UTF_8));
    }
    assertThat(InMemoryDataset.read(file).images())
        .extracting(CaptionedImage::key)
        .containsExactly(key);
  }

  private static void add(TarArchiveOutputStream tar, TarArchiveEntry entry, byte[] bytes)
      throws IOException {
    entry.setSize(bytes.length);
    tar.putArchiveEntry(entry);
    tar.write(bytes);
    tar.closeArchiveEntry();
  }

  @Test
  void linksAndFoldersAreNoFiles() throws IOException {
    try (OutputStream out = Files.newOutputStream(file);
        TarArchiveOutputStream tar = new TarArchiveOutputStream(out)) {
      add(tar, new TarArchiveEntry("a.b/"), new byte[0]);
      TarArchiveEntry link = new TarArchiveEntry("0001.png", TarConstants.LF_SYMLINK);
      link.setLinkName("elsewhere.png");
      add(tar, link, new byte[0]);
      add(tar, new TarArchiveEntry("0001.png"), png());
      add(tar, new TarArchiveEntry("0001.txt"), new byte[] {'a'});
    }
    assertThat(captions()).containsExactly("a");
  }

  @Test
  void compressionIsRecognisedByTheContent() throws IOException {
    Path plain = folder.resolve("plain");
    try (TestShard shard = new TestShard(plain)) {
      shard.pair("a", 4);
    }
    try (OutputStream out = new BZip2CompressorOutputStream(Files.newOutputStream(file))) {
      new ByteArrayInputStream(Files.readAllBytes(plain)).transferTo(out);
    }
    assertThat(captions()).containsExactly("caption of a");
    try (TestShard shard = new TestShard(folder.resolve("b.tar.gz"))) {
      shard.pair("b", 4);
    }
    file = Files.move(folder.resolve("b.tar.gz"), folder.resolve("b.tar"));
    assertThat(captions()).containsExactly("caption of b");
  }

  @Test
  void otherCompressionIsNamed() throws IOException {
    Files.write(file, new byte[] {0x28, (byte) 0xb5, 0x2f, (byte) 0xfd, 0, 0, 0});
    assertThatThrownBy(() -> InMemoryDataset.read(file))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("zstd -d");
    Files.write(file, new byte[] {(byte) 0xfd, '7', 'z', 'X', 'Z', 0, 0});
    assertThatThrownBy(() -> InMemoryDataset.read(file))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("xz -d");
  }

  @ParameterizedTest
  @ValueSource(strings = {"txt", "caption", "cap", "text", "prompt"})
  void everyEndingOfCaptionsIsRead(String ending) throws IOException {
    try (TestShard shard = new TestShard(file)) {
      shard.add("a.png", png()).add("a." + ending, "red apple");
    }
    assertThat(captions()).containsExactly("red apple");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{\"caption\": \"red apple\", \"status\": \"success\", \"similarity\": NaN}",
        "{\"text\": \"red apple\"}",
        "{\"prompt\": \" red apple \"}",
        "{\"TEXT\": \"red apple\"}",
        "{\"text\": \"other\", \"caption\": \"red apple\"}",
        "{\"caption\": null, \"text\": \"red apple\"}",
        "{\"captions\": [\"\", \"red apple\", \"an apple\"]}",
        "\ufeff{\"description\": \"red apple\"}",
      })
  void everyFieldOfCaptionsIsRead(String json) throws IOException {
    try (TestShard shard = new TestShard(file)) {
      shard.add("a.png", png()).add("a.json", json).add("a.txt", "");
    }
    assertThat(captions()).containsExactly("red apple");
  }

  @ParameterizedTest
  @ValueSource(strings = {"UTF-8", "UTF-16LE", "UTF-16BE", "UTF-32LE", "UTF-32BE"})
  void aByteOrderMarkSaysTheEncoding(String charset) throws IOException {
    try (TestShard shard = new TestShard(file)) {
      shard.add("a.png", png()).add("a.txt", marked("größe\r\n", charset));
    }
    assertThat(captions()).containsExactly("größe");
  }

  @Test
  void otherEncodingsAreDroppedAndNotReadWrongly() throws IOException {
    try (TestShard shard = new TestShard(file)) {
      shard.add("a.png", png()).add("a.txt", "größe".getBytes(StandardCharsets.ISO_8859_1));
      shard.add("b.png", png()).add("b.txt", "apple".getBytes(StandardCharsets.UTF_16LE));
      shard.add("c.png", png()).add("c.txt", new byte[] {(byte) 0xff, (byte) 0xfe, 'a'});
      shard.pair("d", 4);
    }
    assertThat(InMemoryDataset.read(file).dropped())
        .isEqualTo(
            Map.of(
                "with a caption that is not UTF-8", List.of("a"),
                "with a caption that has NUL characters, as UTF-16 without a mark", List.of("b"),
                "with a caption that is not UTF-16LE", List.of("c")));
  }

  @Test
  void aSampleWhoseFilesAreApartIsReportedWithWhatWasFound() throws IOException {
    try (TestShard shard = new TestShard(file)) {
      shard.pair("z", 4);
      shard.add("a.png", png()).add("b.jxl", "?").add("a.txt", "apart");
    }
    assertThat(InMemoryDataset.read(file).summary())
        .contains("1 without a caption, first a: found png; looked for txt, caption")
        .contains("2 without an image, first b: found jxl; looked for png, jpg, jpeg, webp");
  }

  @Test
  void aRangeNamesShardsThatMustAllBeThere() throws IOException {
    for (int i = 8; i <= 10; i++) {
      try (TestShard shard = new TestShard(folder.resolve("t-%04d.tar".formatted(i)))) {
        shard.pair("of " + i, 4);
      }
    }
    assertThat(InMemoryDataset.read(folder.resolve("t-{0008..0010}.tar")).images())
        .extracting(CaptionedImage::key)
        .containsExactly("of 8", "of 9", "of 10");
    assertThatThrownBy(() -> InMemoryDataset.read(folder.resolve("t-{0008..0011}.tar")))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("t-0011.tar");
  }
}
