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

  @Test
  void theMeanOverSubsetsIsTheWholeFigureButNoisier() {
    Tensor x = new RandomSource(9).normal(300, 4);
    Tensor y = new RandomSource(10).normal(300, 4).plus(0.5);
    double whole = KernelDistance.between(x, y);
    double[] subsets = KernelDistance.subsets(x, y, 40, 100, 1);
    double mean = Arrays.stream(subsets).average().orElseThrow();
    assertThat(mean).isCloseTo(whole, within(0.15 * whole));
    assertThat(KernelDistance.subsets(x, y, 2, 300, 1))
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
