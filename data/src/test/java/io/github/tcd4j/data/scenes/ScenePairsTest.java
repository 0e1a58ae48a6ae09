package io.github.tcd4j.data.scenes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.tcd4j.data.scenes.ScenePairs.Split;
import java.util.List;
import org.junit.jupiter.api.Test;

class ScenePairsTest {
  @Test
  void aFifthOfThePairsIsHeldOutAndEachConceptInSome() {
    ScenePairs pairs = new ScenePairs(0, 150);
    assertThat(pairs.heldOut()).isEqualTo(150 * 149 / 2 / 5);
    int all = 0;
    for (int a = 0; a < 150; a++) {
      int own = 0;
      for (int b = 0; b < 150; b++) {
        own += a != b && pairs.isHeldOut(a, b) ? 1 : 0;
      }
      // Binomial of 149 and 0.2: 29.8 with a deviation of 4.9.
      assertThat(own).isBetween(9, 51);
      all += own;
    }
    assertThat(all).isEqualTo(2 * pairs.heldOut());
  }

  @Test
  void theyFollowFromTheSeed() {
    ScenePairs pairs = new ScenePairs(3, 40);
    int same = 0;
    int different = 0;
    for (int a = 0; a < 40; a++) {
      for (int b = 0; b < a; b++) {
        assertThat(pairs.isHeldOut(a, b)).isEqualTo(pairs.isHeldOut(b, a));
        same += pairs.isHeldOut(a, b) == new ScenePairs(3, 40).isHeldOut(a, b) ? 0 : 1;
        different += pairs.isHeldOut(a, b) == new ScenePairs(4, 40).isHeldOut(a, b) ? 0 : 1;
      }
    }
    assertThat(same).isZero();
    assertThat(different).isGreaterThan(100);
  }

  @Test
  void everySceneIsOfOneSplitAlone() {
    ScenePairs pairs = new ScenePairs(1, 20);
    for (int a = 0; a < 20; a++) {
      for (int b = 0; b < a; b++) {
        List<Integer> scene = List.of(a, b);
        assertThat(pairs.allows(scene, Split.HELD_OUT)).isEqualTo(pairs.isHeldOut(a, b));
        assertThat(pairs.allows(scene, Split.TRAINING)).isEqualTo(!pairs.isHeldOut(a, b));
      }
    }
  }

  @Test
  void noPairIsOfOneConcept() {
    assertThatThrownBy(() -> new ScenePairs(0, 5).isHeldOut(2, 2))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> new ScenePairs(0, 5).isHeldOut(1, 5))
        .isInstanceOf(IllegalArgumentException.class);
  }
}
