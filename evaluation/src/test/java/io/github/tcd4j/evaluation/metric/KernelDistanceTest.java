package io.github.tcd4j.evaluation.metric;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.github.tcd4j.tensor.DType;
import io.github.tcd4j.tensor.Engine;
import io.github.tcd4j.tensor.RandomSource;
import io.github.tcd4j.tensor.Scope;
import io.github.tcd4j.tensor.Tensor;
import java.util.Arrays;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class KernelDistanceTest {
  private final Scope scope = Scope.inference();

  @BeforeEach
  void oneThread() {
    // Two wait for each other longer than these sizes take to compute.
    Engine.threads(1);
  }

  @AfterEach
  void close() {
    scope.close();
  }

  @Test
  void featuresGiveTheNumberOfTheDoubleLoop() {
    Tensor x = Fixture.matrix("x");
    Tensor y = Fixture.matrix("y");
    double kid = Fixture.number("kid");
    assertThat(KernelDistance.between(x, y)).isCloseTo(kid, within(1e-9 * Math.abs(kid)));
    assertThat(KernelDistance.between(y, x)).isCloseTo(kid, within(1e-9 * Math.abs(kid)));
    double four = Fixture.number("kid_of_first_four");
    assertThat(KernelDistance.between(x.narrow(0, 0, 4), y))
        .isCloseTo(four, within(1e-9 * Math.abs(four)));
  }

  @Test
  void rowsOnBothSidesOfABlockBoundaryCountAlike() {
    Tensor x = new RandomSource(1).normal(1100, 3);
    Tensor y = new RandomSource(2).normal(600, 3);
    Tensor order = new RandomSource(3).uniform(0, 1, 1100).argsort(0, false);
    double there = KernelDistance.between(x, y);
    assertThat(KernelDistance.between(x.indexSelect(0, order), y)).isCloseTo(there, within(1e-9));
    assertThat(KernelDistance.between(y, x)).isCloseTo(there, within(1e-9));
  }

  @Test
  void samplesOfOneDistributionAreNearZeroOnAverageAndSometimesBelow() {
    RandomSource random = new RandomSource(5);
    double[] values = new double[60];
    for (int i = 0; i < values.length; i++) {
      try (Scope trial = Scope.inference()) {
        values[i] = KernelDistance.between(random.normal(100, 4), random.normal(100, 4));
      }
    }
    double mean = Arrays.stream(values).average().orElseThrow();
    double spread = Math.sqrt(Arrays.stream(values).map(v -> v * v).average().orElseThrow());
    assertThat(Math.abs(mean)).isLessThan(4 * spread / Math.sqrt(values.length));
    assertThat(Arrays.stream(values).min().orElseThrow()).isNegative();
  }

  @Test
  void aShiftInTheMeanIsSeenFarOutsideTheInterval() {
    Tensor reference = new RandomSource(6).normal(500, 4);
    KernelDistance distance = KernelDistance.to(reference);
    Estimate alike = distance.estimate(new RandomSource(7).normal(200, 4), Bootstrap.of(200, 0));
    Estimate moved =
        distance.estimate(new RandomSource(7).normal(200, 4).plus(1), Bootstrap.of(200, 0));
    assertThat(moved.low()).isGreaterThan(alike.high());
    assertThat(alike.value()).isBetween(alike.low(), alike.high());
  }

  @Test
  void mostIntervalsHoldTheTrueDistance() {
    RandomSource random = new RandomSource(8);
    Tensor reference = random.normal(400, 2).plus(0.7);
    KernelDistance distance = KernelDistance.to(reference);
    double truth = distance.from(random.normal(4000, 2));
    int held = 0;
    for (int i = 0; i < 60; i++) {
      try (Scope trial = Scope.inference()) {
        Estimate e = distance.estimate(random.normal(100, 2), Bootstrap.of(100, i));
        held += e.low() <= truth && truth <= e.high() ? 1 : 0;
      }
    }
    assertThat(held).isBetween(51, 60);
  }

  /** Pairs of a row with its own copy are left out, and pairs of different rows counted often. */
  @Test
  void resamplesAreThoseOfTheDoubleLoopOverDifferentRows() {
    int n = 6;
    Tensor x = new RandomSource(11).normal(n, 3);
    Tensor y = new RandomSource(12).normal(9, 3);
    Bootstrap bootstrap = Bootstrap.of(30, 2);
    Estimate e = KernelDistance.to(y).estimate(x, bootstrap);
    int[][] draws = bootstrap.draws(n);
    double reference = pairs(y, y, true) / (9 * 8);
    assertThat(Arrays.stream(draws).flatMapToInt(Arrays::stream).max().orElseThrow())
        .isGreaterThan(2);
    for (int d = 0; d < draws.length; d++) {
      int[] c = draws[d];
      double own = 0;
      double weight = 0;
      double cross = 0;
      for (int i = 0; i < n; i++) {
        for (int j = 0; j < n; j++) {
          if (i != j) {
            own += c[i] * c[j] * kernel(x, i, x, j);
            weight += c[i] * c[j];
          }
        }
        cross += c[i] * pairs(x.narrow(0, i, 1), y, false) / (n * 9.0);
      }
      double wanted = own / weight + reference - 2 * cross;
      assertThat(e.replicates().get(d)).isCloseTo(wanted, within(1e-6));
    }
  }

  private static double pairs(Tensor a, Tensor b, boolean different) {
    double sum = 0;
    for (int i = 0; i < a.size(0); i++) {
      for (int j = 0; j < b.size(0); j++) {
        sum += different && i == j ? 0 : kernel(a, i, b, j);
      }
    }
    return sum;
  }

  private static double kernel(Tensor a, int i, Tensor b, int j) {
    double product = a.select(0, i).times(b.select(0, j)).sum().item();
    return Math.pow(product / a.size(1) + 1, 3);
  }

  /** Within what 1,000 subsets leave open, and far less than one subset differs from another. */
  @Test
  void theMeanOverSubsetsIsTheWholeFigureButNoisier() {
    Tensor x = new RandomSource(9).normal(30, 4);
    Tensor y = new RandomSource(10).normal(30, 4).plus(0.5);
    double whole = KernelDistance.between(x, y);
    int count = 1000;
    double[] subsets = KernelDistance.subsets(x, y, count, 10, 1);
    double mean = Arrays.stream(subsets).average().orElseThrow();
    double square = Arrays.stream(subsets).map(d -> (d - mean) * (d - mean)).sum() / count;
    assertThat(mean).isCloseTo(whole, within(4 * Math.sqrt(square / count)));
    assertThat(Math.sqrt(square)).isBetween(0.1 * whole, 3 * whole);
    assertThat(KernelDistance.subsets(x, y, 2, 30, 1))
        .containsExactly(new double[] {whole, whole}, within(1e-9));
  }

  @Test
  void whatCannotBeMeasuredIsSaid() {
    Tensor x = Tensor.ones(DType.F32, 3, 4);
    assertThatThrownBy(() -> KernelDistance.between(x.narrow(0, 0, 1), x))
        .hasMessageContaining("at least 2 rows");
    assertThatThrownBy(() -> KernelDistance.between(x, Tensor.ones(DType.F32, 3, 5)))
        .hasMessage("the sample has 4 features but the reference has 5");
    assertThatThrownBy(() -> KernelDistance.subsets(x, x, 2, 4, 0))
        .hasMessageContaining("subset size must be in [2, 3]");
  }
}
