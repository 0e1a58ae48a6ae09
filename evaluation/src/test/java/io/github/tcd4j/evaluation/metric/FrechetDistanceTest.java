package io.github.tcd4j.evaluation.metric;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.github.tcd4j.tensor.DType;
import io.github.tcd4j.tensor.Engine;
import io.github.tcd4j.tensor.RandomSource;
import io.github.tcd4j.tensor.Scope;
import io.github.tcd4j.tensor.Tensor;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class FrechetDistanceTest {
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

  private static Moments gaussian(double[] mean, double... covariance) {
    int p = mean.length;
    return new Moments(Tensor.of(mean), Tensor.of(covariance, p, p), 1000);
  }

  @Test
  void commutingGaussiansHaveTheDistanceOfTheirDeviations() {
    Moments a = gaussian(new double[] {1, 2}, 4, 0, 0, 9);
    Moments b = gaussian(new double[] {4, -2}, 25, 0, 0, 1);
    double expected = 9 + 16 + (2 - 5) * (2 - 5) + (3 - 1) * (3 - 1);
    assertThat(FrechetDistance.to(b).from(a)).isCloseTo(expected, within(1e-12));
    assertThat(FrechetDistance.to(a).from(b)).isCloseTo(expected, within(1e-12));
  }

  @Test
  void gaussiansThatDoNotCommuteHaveTheClosedFormOfTwoDimensions() {
    Moments a = gaussian(new double[] {0, 0}, 2, 1, 1, 3);
    Moments b = gaussian(new double[] {0, 0}, 5, -2, -2, 1);
    // In two dimensions Tr M^1/2 = (Tr M + 2 (det M)^1/2)^1/2; M = C1 C2, determinants 5 and 1.
    double trace = 2 * 5 + 1 * -2 + 1 * -2 + 3 * 1;
    double expected = 5 + 6 - 2 * Math.sqrt(trace + 2 * Math.sqrt(5));
    assertThat(FrechetDistance.to(b).from(a)).isCloseTo(expected, within(1e-12));
  }

  @Test
  void featuresGiveTheNumberOfScipy() {
    assertThat(FrechetDistance.between(Fixture.matrix("x"), Fixture.matrix("y")))
        .isCloseTo(Fixture.number("frechet"), within(1e-9));
  }

  @Test
  void fewerPicturesThanFeaturesGiveAFiniteDistance() {
    Tensor x = new RandomSource(0).normal(5, 32);
    assertThat(FrechetDistance.between(x, x)).isCloseTo(0, within(1e-6));
    assertThat(FrechetDistance.between(x, x.plus(1))).isCloseTo(32, within(1e-4));
  }

  @Test
  void countsActLikeRepeatedRows() {
    Tensor x = Fixture.matrix("x").narrow(0, 0, 4);
    Tensor repeated = x.indexSelect(0, Tensor.of(new long[] {0, 0, 0, 2, 3, 3}));
    Moments byCount = Moments.of(x, new int[] {3, 0, 1, 2});
    Moments byRows = Moments.of(repeated);
    assertThat(byCount.mean().minus(byRows.mean()).abs().max().item()).isLessThan(1e-14);
    assertThat(byCount.covariance().minus(byRows.covariance()).abs().max().item())
        .isLessThan(1e-14);
    assertThat(byCount.count()).isEqualTo(6);
  }

  @Test
  void mostIntervalsHoldTheDistanceThatManySamplesOfThatSizeHaveOnAverage() {
    FrechetDistance target =
        FrechetDistance.to(gaussian(new double[] {0.5, 0, 0}, 1, 0, 0, 0, 1, 0, 0, 0, 1));
    RandomSource random = new RandomSource(4);
    double average = 0;
    for (int i = 0; i < 200; i++) {
      try (Scope trial = Scope.inference()) {
        average += target.from(Moments.of(random.normal(80, 3))) / 200;
      }
    }
    int held = 0;
    for (int i = 0; i < 30; i++) {
      try (Scope trial = Scope.inference()) {
        Estimate e = target.estimate(random.normal(80, 3), Bootstrap.of(60, i));
        assertThat(e.value()).isBetween(e.low(), e.high());
        held += e.low() <= average && average <= e.high() ? 1 : 0;
      }
    }
    assertThat(held).isBetween(24, 30);
  }

  /** Resamples of few rows have a greater distance, by far more than the interval is wide. */
  @Test
  void theResamplesAreCentredOnTheDistance() {
    Tensor x = new RandomSource(2).normal(24, 12);
    FrechetDistance target = FrechetDistance.to(Moments.of(new RandomSource(3).normal(500, 12)));
    Estimate e = target.estimate(x, Bootstrap.of(40, 1));
    double mean = e.replicates().stream().mapToDouble(r -> r).average().orElseThrow();
    assertThat(e.value()).isCloseTo(target.from(Moments.of(x)), within(1e-12));
    assertThat(mean).isCloseTo(e.value(), within(1e-9));
    assertThat(e.low()).isLessThan(e.value());
    assertThat(e.high()).isGreaterThan(e.value());
  }

  @Test
  void estimatesLeaveNoNativeObject() {
    Tensor x = Fixture.matrix("x");
    FrechetDistance distance = FrechetDistance.to(Moments.of(Fixture.matrix("y")));
    distance.estimate(x, Bootstrap.of(20, 0));
    long before = Engine.settledObjects();
    distance.estimate(x, Bootstrap.of(20, 0));
    assertThat(Engine.liveObjects()).isEqualTo(before);
  }

  @Test
  void whatCannotBeMeasuredIsSaid() {
    Tensor one = Tensor.ones(DType.F32, 1, 4);
    assertThatThrownBy(() -> Moments.of(one)).hasMessageContaining("at least 2 rows");
    Tensor nan = Tensor.of(new double[] {1, Double.NaN, 3, 4}, 2, 2);
    assertThatThrownBy(() -> Moments.of(nan)).hasMessageContaining("NaN");
    Moments four = Moments.of(Tensor.ones(DType.F32, 3, 4));
    Moments five = Moments.of(Tensor.ones(DType.F32, 3, 5));
    assertThatThrownBy(() -> FrechetDistance.to(four).from(five))
        .hasMessageStartingWith("the sample has 5 features but the reference has 4");
  }
}
