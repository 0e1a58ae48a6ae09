package io.github.tcd4j.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Arrays;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class EpochOrderTest {
  @ParameterizedTest
  @ValueSource(ints = {1, 2, 7, 100, 6627})
  void everyEpochShowsEveryExampleOnce(int size) {
    EpochOrder order = new EpochOrder(3, size);
    for (int epoch = 0; epoch < 3; epoch++) {
      int[] seen = order.rows(epoch, size);
      Arrays.sort(seen);
      assertThat(seen).containsExactly(IntStream.range(0, size).toArray());
    }
  }

  @Test
  void epochsAndSeedsHaveTheirOwnOrder() {
    EpochOrder order = new EpochOrder(0, 50);
    assertThat(order.rows(0, 50)).isNotEqualTo(order.rows(1, 50));
    assertThat(order.rows(0, 50)).isNotEqualTo(new EpochOrder(1, 50).rows(0, 50));
    assertThat(order.rows(0, 50)).isNotEqualTo(IntStream.range(0, 50).toArray());
  }

  @Test
  void aResumedRunReadsTheSameImagesAsAnUninterruptedOne() {
    EpochOrder whole = new EpochOrder(42, 10);
    for (long step = 0; step < 20; step++) {
      int[] rows = whole.rows(step, 3);
      assertThat(new EpochOrder(42, 10).rows(step, 3)).isEqualTo(rows);
    }
    assertThat(whole.rows(3, 3)[0]).as("going back").isEqualTo(whole.at(9));
  }

  @Test
  void aBatchReachesOverTheEndOfAnEpoch() {
    EpochOrder order = new EpochOrder(42, 10);
    int[] batch = order.rows(3, 3);
    assertThat(batch).containsExactly(order.at(9), order.rows(1, 10)[0], order.rows(1, 10)[1]);
  }

  @Test
  void theOrderIsTheSameOnEveryMachine() {
    assertThat(new EpochOrder(0, 10).rows(0, 12))
        .containsExactly(0, 3, 4, 7, 2, 9, 8, 5, 6, 1, 9, 8);
  }

  @Test
  void everyPlaceIsAsLikelyForEveryExample() {
    int[][] counts = new int[5][5];
    for (long seed = 0; seed < 5000; seed++) {
      int[] order = new EpochOrder(seed, 5).rows(0, 5);
      for (int place = 0; place < 5; place++) {
        counts[place][order[place]]++;
      }
    }
    for (int[] row : counts) {
      for (int n : row) {
        assertThat(n).isBetween(850, 1150);
      }
    }
  }

  @Test
  void anEndlessDataSetIsSeenInItsOwnOrderAndNothingOfItTwice() {
    Dataset endless =
        new Dataset() {
          @Override
          public int size() {
            return Integer.MAX_VALUE;
          }

          @Override
          public boolean isEndless() {
            return true;
          }

          @Override
          public CaptionedImage get(int i) {
            throw new UnsupportedOperationException();
          }
        };
    EpochOrder order = EpochOrder.of(7, endless);
    assertThat(order.rows(1000, 3)).containsExactly(3000, 3001, 3002);
    assertThat(order.at(Integer.MAX_VALUE - 1L)).isEqualTo(Integer.MAX_VALUE - 1);
    assertThatThrownBy(() -> order.at(Integer.MAX_VALUE))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("have been used");
  }

  @Test
  void sizesAndPositionsBelowTheirRangeAreRefused() {
    assertThatThrownBy(() -> new EpochOrder(0, 0))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("size must be at least 1 but was 0");
    assertThatThrownBy(() -> new EpochOrder(0, 5).at(-1))
        .isInstanceOf(IllegalArgumentException.class);
  }
}
