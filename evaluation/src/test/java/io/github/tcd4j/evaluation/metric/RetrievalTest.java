package io.github.tcd4j.evaluation.metric;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.tcd4j.tensor.DType;
import io.github.tcd4j.tensor.Scope;
import io.github.tcd4j.tensor.Tensor;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class RetrievalTest {
  private final Scope scope = Scope.inference();

  @AfterEach
  void close() {
    scope.close();
  }

  @Test
  void ranksCountTheCaptionsThatLieNearer() {
    Tensor candidates = Tensor.of(new double[] {1, 0, 1, 1, 0, 1, -1, 0}, 4, 2);
    Tensor images = Tensor.of(new double[] {9, 1, 9, 1, 9, 1, 9, 1}, 4, 2);
    assertThat(Retrieval.ranks(images, candidates, new int[] {0, 1, 2, 3}))
        .containsExactly(0, 1, 2, 3);
  }

  @Test
  void theLengthOfAFeatureDoesNotMatter() {
    Tensor candidates = Tensor.of(new double[] {0.01, 0, 100, 100}, 2, 2);
    Tensor images = Tensor.of(new double[] {1, 0.1}, 1, 2);
    assertThat(Retrieval.ranks(images, candidates, new int[] {0})).containsExactly(0);
  }

  @Test
  void aNetworkThatSaysTheSameToEverythingFindsNothing() {
    Tensor same = Tensor.ones(DType.F32, 5, 3);
    assertThat(Retrieval.ranks(same, same, new int[] {0, 1, 2, 3, 4}))
        .containsExactly(4, 4, 4, 4, 4);
  }

  @Test
  void hitsAreTheRanksBelowK() {
    int[] ranks = {0, 1, 4, 5, 70};
    assertThat(Retrieval.hits(ranks, 1)).containsExactly(1, 0, 0, 0, 0);
    assertThat(Retrieval.hits(ranks, 5)).containsExactly(1, 1, 1, 0, 0);
    assertThatThrownBy(() -> Retrieval.hits(ranks, 0)).hasMessageContaining("at least 1");
  }

  @Test
  void everyPictureNeedsTheRowOfItsCaption() {
    Tensor x = Tensor.ones(DType.F32, 2, 3);
    assertThatThrownBy(() -> Retrieval.ranks(x, x, new int[] {0}))
        .hasMessageContaining("each of 2 pictures");
  }
}
