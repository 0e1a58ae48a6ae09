package io.github.tcd4j.data.source;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.tcd4j.data.Dataset;
import io.github.tcd4j.data.scenes.SceneDataset;
import io.github.tcd4j.data.scenes.ScenePairs.Split;
import io.github.tcd4j.files.InvalidRequestException;
import java.nio.file.Path;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class DatasetsTest {
  private static final Path HOME = Path.of("..");

  @Test
  void aPathIsReadAndScenesAreComposedOfWhatShips() {
    Datasets.Opened drawings = Datasets.open("emoji/data/validation", HOME::resolve);
    assertThat(drawings.dataset().size()).isEqualTo(171);
    assertThat(drawings.dataset().isEndless()).isFalse();

    Datasets.Opened scenes = Datasets.open("scenes:7", HOME::resolve);
    assertThat(scenes.dataset().isEndless()).isTrue();
    assertThat(scenes.dataset().get(0).width()).isEqualTo(64);
    assertThat(scenes.summary())
        .isEqualTo(
            "endless scenes of 64x64 pixels, seed 7, pairs training, composed from 6627 drawings");

    Dataset heldOut =
        Datasets.open("scenes:seed=7,pairs=held_out,count=5,size=32", HOME::resolve).dataset();
    assertThat(heldOut.size()).isEqualTo(5);
    assertThat(heldOut.get(4).width()).isEqualTo(32);
    assertThat(heldOut.caption(0)).isNotEqualTo(scenes.dataset().caption(0));
  }

  @Test
  void everyOptionHasItsPlaceAndADefault() {
    assertThat(SceneSource.parse("scenes"))
        .isEqualTo(
            new SceneSource(
                "emoji/data/train",
                0,
                0,
                Split.TRAINING,
                0,
                Integer.MAX_VALUE,
                SceneDataset.ENDLESS,
                64));
    assertThat(SceneSource.parse("scenes:-3").seed()).isEqualTo(-3);
    assertThat(
            SceneSource.parse(
                "scenes:artwork=a/b,seed=1,draw=2,pairs=held_out,split=3,concepts=40,count=4,size=128"))
        .isEqualTo(new SceneSource("a/b", 1, 2, Split.HELD_OUT, 3, 40, 4, 128));
  }

  @Test
  void ofFewerConceptsNoOtherIsSeen() {
    Datasets.Opened few = Datasets.open("scenes:concepts=8,count=60,size=32", HOME::resolve);
    assertThat(few.summary()).contains("8 concepts");
    Set<String> seen =
        IntStream.range(0, 60)
            .mapToObj(few.dataset()::caption)
            .flatMap(c -> Stream.of(c.split(", | and ")))
            .collect(Collectors.toSet());
    assertThat(seen).hasSize(8);
  }

  @Test
  void aFolderWhoseNameBeginsLikeItIsAPath() {
    assertThat(SceneSource.matches("scenes-old")).isFalse();
    assertThat(SceneSource.matches("scenes/train")).isFalse();
    assertThat(SceneSource.matches("./scenes")).isFalse();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "scenes:colour=3 | but one was colour=3",
        "scenes:seed=1,,count=2 | but one was ",
        "scenes:seed=x | seed of scenes must be a whole number but was x",
        "scenes:count=0 | count of scenes must be in [1, 2147483647] but was 0",
        "scenes:concepts=7 | concepts of scenes must be in [8, 2147483647] but was 7",
        "scenes:concepts=151 | must be at most the artwork",
        "scenes:pairs=all | pairs of scenes must be training or held_out but was all",
        "scenes:seed=1,seed=2 | scenes have seed twice",
        "scenes:size=8 | size of scenes must be at least 16 but was 8",
      })
  void whatCannotBeIsRefusedByName(String text, String message) {
    assertThatThrownBy(() -> Datasets.open(text, HOME::resolve))
        .isInstanceOf(InvalidRequestException.class)
        .hasMessageContaining(message);
  }
}
