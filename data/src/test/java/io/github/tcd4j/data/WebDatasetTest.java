package io.github.tcd4j.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class WebDatasetTest {
  @TempDir Path folder;

  private static List<SampleFiles> all(Path file) {
    List<SampleFiles> samples = new ArrayList<>();
    try (WebDataset shard = WebDataset.open(file)) {
      for (SampleFiles s = shard.next(); s != null; s = shard.next()) {
        samples.add(s);
      }
      assertThat(shard.next()).as("stays at the end").isNull();
    }
    return samples;
  }

  @ParameterizedTest
  @ValueSource(strings = {"a.tar", "a.tar.gz", "a.tgz"})
  void filesAreGroupedByTheirNameUpToTheFirstDot(String name) throws IOException {
    Path file = folder.resolve(name);
    try (TestShard shard = new TestShard(file)) {
      shard
          .add("README", "no sample")
          .add("v1.0/one.txt", "1")
          .add("v1.0/one.seg.png", "2")
          .add(".hidden", "no sample")
          .add("v1.0/two.txt", "3")
          .add("one.txt", "4");
    }
    List<SampleFiles> samples = all(file);
    assertThat(samples).extracting(SampleFiles::key).containsExactly("v1.0/one", "v1.0/two", "one");
    assertThat(samples.get(0).parts()).containsOnlyKeys("txt", "seg.png");
    assertThat(samples.get(0).parts().get("seg.png")).asString().isEqualTo("2");
  }

  @Test
  void aShardOfNoFilesHoldsNoSample() throws IOException {
    Path file = folder.resolve("a.tar");
    new TestShard(file).close();
    assertThat(all(file)).isEmpty();
  }

  @Test
  void aShardCutOffInTheMiddleIsAnErrorThatNamesIt() throws IOException {
    Path file = folder.resolve("a.tar");
    try (TestShard shard = new TestShard(file)) {
      shard.add("a.bin", ones()).add("b.bin", ones());
    }
    byte[] whole = Files.readAllBytes(file);
    assertThat(all(file)).hasSize(2);
    // 5632 and 11264 are where a file ends and the next, or the end, should begin.
    for (int length : new int[] {0, 100, 700, 5000, 5632, 5700, 9000, 11264}) {
      Files.write(file, Arrays.copyOf(whole, length));
      assertThatThrownBy(() -> all(file))
          .as("cut at %s", length)
          .isInstanceOf(DataException.class)
          .hasMessageStartingWith("cannot read shard " + file + ": ");
    }
  }

  private static byte[] ones() {
    byte[] bytes = new byte[5000];
    Arrays.fill(bytes, (byte) 1);
    return bytes;
  }

  @Test
  void whatIsNoTarIsAnErrorThatNamesIt() throws IOException {
    Path file = folder.resolve("a.tar");
    Files.write(file, TestShard.png(64, 64));
    assertThatThrownBy(() -> all(file))
        .isInstanceOf(DataException.class)
        .hasMessageContaining(file.toString());
    Path zipped = folder.resolve("a.tgz");
    Files.writeString(zipped, "not zipped");
    assertThatThrownBy(() -> all(zipped))
        .isInstanceOf(DataException.class)
        .hasMessageContaining(zipped.toString());
  }

  @Test
  void aFileThatOccursTwiceInASampleIsAnError() throws IOException {
    Path file = folder.resolve("a.tar");
    try (TestShard shard = new TestShard(file)) {
      shard.add("a.txt", "1").add("a.txt", "2");
    }
    assertThatThrownBy(() -> all(file))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("a.txt twice");
  }
}
