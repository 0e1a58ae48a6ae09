package io.github.tcd4j.data.scenes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.tcd4j.data.CaptionedImage;
import io.github.tcd4j.data.scenes.ScenePairs.Split;
import io.github.tcd4j.files.InvalidRequestException;
import java.util.Arrays;
import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.Test;

class SceneDatasetTest {
  private static final SceneComposer COMPOSER =
      new SceneComposer(Drawings.artwork(12), new ScenePairs(0, 12), SceneSpec.STANDARD);

  private static SceneDataset dataset(Split split, int number, int count, int size) {
    return new SceneDataset(COMPOSER, split, new SceneDataset.Draw(4, number), count, size);
  }

  @Test
  void anEndlessOneNeverRepeatsAScene() {
    SceneDataset scenes = dataset(Split.TRAINING, 0, SceneDataset.ENDLESS, 64);
    assertThat(scenes.isEndless()).isTrue();
    Set<Integer> seen = new HashSet<>();
    for (int i = 0; i < 300; i++) {
      seen.add(Arrays.hashCode(scenes.get(i).pixels()));
    }
    assertThat(seen).hasSize(300);
    assertThat(scenes.get(Integer.MAX_VALUE - 1).width()).isEqualTo(64);
  }

  @Test
  void anotherDrawShowsTheSameCaptionsInOtherScenes() {
    SceneDataset scenes = dataset(Split.HELD_OUT, 0, 50, 32);
    SceneDataset fresh = dataset(Split.HELD_OUT, 1, 50, 32);
    assertThat(scenes.isEndless()).isFalse();
    for (int i = 0; i < scenes.size(); i++) {
      CaptionedImage a = scenes.get(i);
      CaptionedImage b = fresh.get(i);
      assertThat(b.caption()).isEqualTo(a.caption()).isEqualTo(scenes.caption(i));
      assertThat(b.pixels()).isNotEqualTo(a.pixels());
      assertThat(a.width()).isEqualTo(32);
    }
  }

  @Test
  void imageIFollowsFromTheSeedAndIAlone() {
    SceneDataset scenes = dataset(Split.TRAINING, 0, 10, 64);
    byte[] five = scenes.get(5).pixels();
    scenes.get(0);
    assertThat(dataset(Split.TRAINING, 0, 10, 64).get(5).pixels()).isEqualTo(five);
    assertThat(scenes.get(5).pixels()).isEqualTo(five);
    assertThat(scenes.scene(5).caption()).isEqualTo(scenes.get(5).caption());
  }

  @Test
  void theShippedArtworkGivesTheSameSceneOnEveryMachine() {
    SceneDataset scenes =
        new SceneDataset(
            new SceneComposer(Drawings.shipped(), new ScenePairs(0, 150), SceneSpec.STANDARD),
            Split.TRAINING,
            new SceneDataset.Draw(0, 0),
            SceneDataset.ENDLESS,
            64);
    assertThat(scenes.caption(0)).isEqualTo("taxi and red paper lantern");
    assertThat(Arrays.hashCode(scenes.get(0).pixels())).isEqualTo(1657001564);
  }

  @Test
  void valuesBelowTheirRangeAreRefused() {
    assertThatThrownBy(() -> dataset(Split.TRAINING, 0, 0, 64))
        .isInstanceOf(InvalidRequestException.class)
        .hasMessage("count of scenes must be at least 1 but was 0");
    assertThatThrownBy(() -> dataset(Split.TRAINING, 0, 1, 8))
        .isInstanceOf(InvalidRequestException.class);
    assertThatThrownBy(() -> dataset(Split.TRAINING, 0, 3, 64).get(3))
        .isInstanceOf(IndexOutOfBoundsException.class);
    assertThatThrownBy(() -> new SceneSpec(0, 3, 22, 34, 20, 0.2))
        .isInstanceOf(InvalidRequestException.class);
    assertThatThrownBy(() -> new SceneSpec(2, 3, 22, 50, 20, 0.2))
        .isInstanceOf(InvalidRequestException.class);
  }
}
