package io.github.tcd4j.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class InMemoryDatasetTest {
  @TempDir Path folder;

  private static Path fixture(String name) throws URISyntaxException {
    return Path.of(InMemoryDatasetTest.class.getResource("/shard/" + name).toURI());
  }

  @Test
  void everyKindOfPngShowsTheBytesThatPillowGave() throws IOException, URISyntaxException {
    JsonNode expected = new ObjectMapper().readTree(fixture("pictures.json").toFile());
    List<CaptionedImage> examples = InMemoryDataset.read(fixture("pictures.tar")).images();
    assertThat(examples).hasSize(8).hasSize(expected.size());
    for (CaptionedImage e : examples) {
      String kind = e.key().substring(e.key().lastIndexOf('/') + 1);
      JsonNode bytes = expected.get(kind);
      assertThat(e.pixels()).hasSize(bytes.size());
      for (int i = 0; i < bytes.size(); i++) {
        assertThat(e.pixels()[i] & 255).as("%s at %s", kind, i).isEqualTo(bytes.get(i).asInt());
      }
      assertThat(e.width()).isEqualTo(4);
      assertThat(e.height()).isEqualTo(3);
      assertThat(e.caption()).isEqualTo(kind + " größe");
      assertThat(e.fields()).isEqualTo(Map.of("kind", kind, "tags", "a, b", "n", "3"));
    }
  }

  @Test
  void aDroppedSampleIsCountedWithItsReason() throws IOException {
    Path file = folder.resolve("a.tar");
    try (TestShard shard = new TestShard(file)) {
      shard.pair("good", 4).pair("fine", 4);
      shard.add("mute.png", TestShard.png(4, 4));
      shard.add("blank.png", TestShard.png(4, 4)).add("blank.txt", " \n");
      shard.add("latin.png", TestShard.png(4, 4)).add("latin.txt", new byte[] {(byte) 0xe9});
      shard.add("no-image.txt", "a caption");
      shard.add("broken.png", "no picture").add("broken.txt", "a caption");
      byte[] half = java.util.Arrays.copyOf(TestShard.png(40, 40), 60);
      shard.add("half.png", half).add("half.txt", "a caption");
      shard.pair("large", 5);
      shard.pair("json", 4).add("json.json", "{\"a\":");
      shard.pair("list", 4).add("list.json", "[]");
      shard.pair("good", 4);
    }
    InMemoryDataset data = InMemoryDataset.read(file);
    assertThat(data.images())
        .extracting(CaptionedImage::key)
        .containsExactly("good", "fine", "good");
    assertThat(data.dropped())
        .isEqualTo(
            Map.of(
                "without a caption", List.of("mute"),
                "with an empty caption", List.of("blank"),
                "with a caption that is not UTF-8", List.of("latin"),
                "without an image", List.of("no-image"),
                "with an image that cannot be decoded", List.of("broken", "half"),
                "of 5x5 instead of 4x4 pixels", List.of("large"),
                "with JSON that cannot be read", List.of("json"),
                "with JSON that is no object", List.of("list")));
    assertThat(data.summary())
        .startsWith(
            "3 examples of 4x4 pixels from 1 shard, dropped 9 (1 without a caption, first mute: found")
        .contains("1 of 5x5 instead of 4x4 pixels, first large");
  }

  @Test
  void dataThatYieldNothingAreAnErrorWithCounts() throws IOException {
    Path file = folder.resolve("a.tar");
    try (TestShard shard = new TestShard(file)) {
      shard.add("a.png", TestShard.png(4, 4)).add("b.png", TestShard.png(4, 4));
    }
    assertThatThrownBy(() -> InMemoryDataset.read(file))
        .isInstanceOf(DataException.class)
        .hasMessage(
            file
                + " yields no example: dropped 2 (2 without a caption, first a: found png; looked for"
                + " txt, caption, cap, text, prompt and in json for caption, text, prompt,"
                + " description, captions)");
    assertThatThrownBy(() -> InMemoryDataset.read(file, 64, 64)).isInstanceOf(DataException.class);
  }

  @Test
  void anEmptyShardIsAnErrorEvenNextToAFullOne() throws IOException {
    try (TestShard shard = new TestShard(folder.resolve("a.tar"))) {
      shard.pair("a", 4);
    }
    Path empty = folder.resolve("b.tar");
    new TestShard(empty).close();
    assertThatThrownBy(() -> InMemoryDataset.read(folder))
        .isInstanceOf(DataException.class)
        .hasMessageStartingWith("shard " + empty + " holds no sample");
  }

  @Test
  void aFolderOrAGlobNamesItsShardsInTheOrderOfTheirNames() throws IOException {
    for (String name : new String[] {"train-1.tar", "train-0.tar.gz", "held-0.tar", "x.txt"}) {
      try (TestShard shard = new TestShard(folder.resolve(name))) {
        shard.pair("of " + name.substring(0, name.indexOf('.')), 4);
      }
    }
    assertThat(InMemoryDataset.read(folder).images())
        .extracting(CaptionedImage::key)
        .containsExactly("of held-0", "of train-0", "of train-1");
    assertThat(InMemoryDataset.read(folder.resolve("train-*")).images())
        .extracting(CaptionedImage::key)
        .containsExactly("of train-0", "of train-1");
    assertThat(InMemoryDataset.read(folder).summary())
        .isEqualTo("3 examples of 4x4 pixels from 3 shards, dropped none");
  }

  @Test
  void aPlaceWithoutShardsIsAnError() {
    for (Path place : List.of(folder, folder.resolve("missing"), folder.resolve("a/b/*.tar"))) {
      assertThatThrownBy(() -> InMemoryDataset.read(place))
          .isInstanceOf(DataException.class)
          .hasMessageStartingWith("there is no shard at " + place);
    }
  }

  @Test
  void onlyPicturesOfTheRequiredSizeAreKept() throws IOException {
    Path file = folder.resolve("a.tar");
    try (TestShard shard = new TestShard(file)) {
      shard.pair("a", 4).pair("b", 4).pair("c", 8);
    }
    assertThat(InMemoryDataset.read(file, 8, 8).images())
        .extracting(CaptionedImage::key)
        .containsExactly("c");
  }
}
