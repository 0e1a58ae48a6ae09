package io.github.tcd4j.tensor.file;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PrefetchTest {
  private static final long LARGE = 300L << 20;

  @TempDir Path folder;

  @Test
  void readersOfALargeFileComeToItsEnd() throws Exception {
    List<Thread> readers = Prefetch.readers(file("large.safetensors", LARGE));
    assertThat(readers).hasSizeGreaterThan(1).allMatch(Thread::isDaemon);
    assertThatTheyEnd(readers);
  }

  @Test
  void ofShardsTheLargeOnesAreReadAhead() throws Exception {
    Path large = file("a.safetensors", LARGE);
    file("b.safetensors", 1000);
    Path index = folder.resolve("model.safetensors.index.json");
    Files.writeString(
        index, "{\"weight_map\": {\"x\": \"a.safetensors\", \"y\": \"b.safetensors\"}}");
    assertThat(Prefetch.readers(index)).hasSameSizeAs(Prefetch.readers(large));
  }

  @Test
  void smallAndMissingFilesAreLeftAlone() throws Exception {
    assertThat(Prefetch.readers(file("small.safetensors", 1000))).isEmpty();
    assertThat(Prefetch.readers(folder.resolve("missing.safetensors"))).isEmpty();
  }

  @Test
  void aFileThatGoesAwayEndsThem() throws Exception {
    Path file = file("gone.safetensors", LARGE);
    List<Thread> readers = Prefetch.readers(file);
    Files.delete(file);
    assertThatTheyEnd(readers);
  }

  @Test
  void filesOfLongAgoAreForgotten() {
    for (int i = 0; i < 500; i++) {
      Prefetch.begin(folder.resolve(i + ".safetensors"));
    }
    assertThat(Prefetch.remembered()).isLessThanOrEqualTo(Prefetch.MOST);
  }

  /** Of zeros that take no place on the disk. */
  private Path file(String name, long length) throws IOException {
    Path file = folder.resolve(name);
    try (RandomAccessFile sparse = new RandomAccessFile(file.toFile(), "rw")) {
      sparse.setLength(length);
    }
    return file;
  }

  private static void assertThatTheyEnd(List<Thread> readers) throws InterruptedException {
    List<Throwable> thrown = new CopyOnWriteArrayList<>();
    readers.forEach(r -> r.setUncaughtExceptionHandler((t, e) -> thrown.add(e)));
    readers.forEach(Thread::start);
    for (Thread reader : readers) {
      reader.join(20_000);
      assertThat(reader.isAlive()).isFalse();
    }
    assertThat(thrown).isEmpty();
  }
}
