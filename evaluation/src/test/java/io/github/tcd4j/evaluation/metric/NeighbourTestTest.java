package io.github.tcd4j.evaluation.metric;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.github.tcd4j.tensor.RandomSource;
import io.github.tcd4j.tensor.Scope;
import io.github.tcd4j.tensor.Tensor;
import org.junit.jupiter.api.Test;

class NeighbourTestTest {
  private static Tensor normal(RandomSource random, int rows) {
    return random.normal(rows, 5);
  }

  @Test
  void picturesLearntByHeartAreFoundOut() {
    try (Scope scope = Scope.inference();
        RandomSource random = new RandomSource(1)) {
      Tensor training = normal(random, 300);
      Tensor fresh = normal(random, 300);
      Tensor copies = training.narrow(0, 0, 200).plus(normal(random, 200).times(0.05));

      NeighbourTest copied = NeighbourTest.of(copies, training, fresh, 0);

      assertThat(copied.share()).isGreaterThan(0.95);
      assertThat(copied.p()).isEqualTo(1 / 10000.0);
      assertThat(NeighbourTest.of(copies, fresh, training, 0).p()).isGreaterThan(0.99);
    }
  }

  @Test
  void withoutAnyItRejectsAsOftenAsItSays() {
    int rejected = 0;
    int runs = 200;
    for (int i = 0; i < runs; i++) {
      try (Scope scope = Scope.inference();
          RandomSource random = new RandomSource(100 + i)) {
        // Few pictures and many generated: neighbours are shared by many, which a binomial ignores.
        Tensor generated = normal(random, 100);
        rejected +=
            NeighbourTest.of(generated, normal(random, 20), normal(random, 20), i).p() <= 0.05
                ? 1
                : 0;
      }
    }
    // Binomial of 200 and 0.05: 10 with a deviation of 3.
    assertThat(rejected).isBetween(2, 20);
  }

  @Test
  void diversityIsTheMeanDistanceWithinACaptionAlone() {
    try (Scope scope = Scope.inference()) {
      Tensor features = Tensor.of(new double[] {0, 0, 3, 4, 0, 0, 100, 0, 100, 1, 100, 2}, 6, 2);
      // Within the first caption 5, 0, 5; within the second 1, 2, 1.
      assertThat(Diversity.of(features, 3)).isCloseTo(14 / 6.0, within(1e-12));
      assertThatThrownBy(() -> Diversity.of(features, 4))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("6 of 4 each");
    }
  }

  @Test
  void unequalSetsAreRefused() {
    try (Scope scope = Scope.inference();
        RandomSource random = new RandomSource(1)) {
      Tensor a = normal(random, 4);
      Tensor b = normal(random, 3);
      assertThatThrownBy(() -> NeighbourTest.of(a, a, b, 0))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("4 and 3");
    }
  }
}
