package io.github.tcd4j.files;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FileCacheTest {
  @TempDir Path folder;

  private int readings;

  private String get(FileCache<String> cache, Path file) {
    return cache.get(
        file,
        () -> {
          readings++;
          return Sha256.of(file);
        });
  }

  @Test
  void aFileIsReadAgainWhereItsTimeOrItsSizeChanged() throws IOException {
    FileCache<String> cache = new FileCache<>(8);
    Path file = Files.writeString(folder.resolve("a"), "one");
    String one = get(cache, file);
    assertThat(get(cache, file)).isEqualTo(one);
    assertThat(get(cache, folder.resolve("./a"))).isEqualTo(one);
    assertThat(readings).isEqualTo(1);

    FileTime time = Files.getLastModifiedTime(file);
    Files.writeString(file, "two");
    Files.setLastModifiedTime(file, FileTime.fromMillis(time.toMillis() + 1000));
    assertThat(get(cache, file)).isNotEqualTo(one);
    FileTime later = Files.getLastModifiedTime(file);
    Files.writeString(file, "three");
    Files.setLastModifiedTime(file, later);
    assertThat(get(cache, file)).isEqualTo(Sha256.of("three"));
    assertThat(readings).isEqualTo(3);
  }

  @Test
  void itKeepsNoMoreThanItMayAndTheLastUsed() throws IOException {
    FileCache<String> cache = new FileCache<>(2);
    Path kept = Files.writeString(folder.resolve("kept"), "kept");
    get(cache, kept);
    for (int i = 0; i < 5; i++) {
      get(cache, Files.writeString(folder.resolve("f" + i), "text"));
      get(cache, kept);
      assertThat(cache.size()).isEqualTo(2);
    }
    assertThat(readings).isEqualTo(6);
  }
}
