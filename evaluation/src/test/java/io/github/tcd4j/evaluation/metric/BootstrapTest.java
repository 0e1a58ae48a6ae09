package io.github.tcd4j.evaluation.metric;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class BootstrapTest {
  @Test
  void quantilesAreNumpys() {
    double[] sorted = Fixture.numbers("values");
    Arrays.sort(sorted);
    for (String q : new String[] {"0.025", "0.5", "0.975"}) {
      assertThat(Bootstrap.quantile(sorted, Double.parseDouble(q)))
          .isCloseTo(Fixture.number("quantiles/" + q), within(1e-12));
    }
  }

  @Test
  void aboutNineteenOfTwentyIntervalsHoldTheTrueMean() {
    SplittableRandom random = new SplittableRandom(11);
    int held = 0;
    for (int trial = 0; trial < 400; trial++) {
      double[] values = random.doubles(60).map(u -> u * u).toArray();
      Estimate e = Bootstrap.of(400, trial).mean(values);
      held += e.low() <= 1 / 3.0 && 1 / 3.0 <= e.high() ? 1 : 0;
    }
    assertThat(held / 400.0).isBetween(0.91, 0.98);
  }

  @Test
  void theIntervalNarrowsWithTheRootOfTheCount() {
    double[] few = new SplittableRandom(1).doubles(100).toArray();
    double[] many = new SplittableRandom(2).doubles(10_000).toArray();
    Estimate wide = Bootstrap.of(500, 0).mean(few);
    Estimate narrow = Bootstrap.of(500, 0).mean(many);
    assertThat((wide.high() - wide.low()) / (narrow.high() - narrow.low())).isBetween(8.0, 12.0);
  }

  @Test
  void theSameSeedGivesTheSameInterval() {
    double[] values = {1, 5, 2, 8, 3};
    assertThat(Bootstrap.of(50, 3).mean(values)).isEqualTo(Bootstrap.of(50, 3).mean(values));
    assertThat(Bootstrap.of(50, 3).mean(values)).isNotEqualTo(Bootstrap.of(50, 4).mean(values));
  }

  @Test
  void everyResampleHasAsManyRowsAsTheSample() {
    for (int[] counts : Bootstrap.of(20, 5).draws(17)) {
      assertThat(Arrays.stream(counts).sum()).isEqualTo(17);
    }
  }

  @Test
  void aStatisticThatResamplingShiftsIsMovedBack() {
    double[] values = new SplittableRandom(9).doubles(50).toArray();
    Bootstrap bootstrap = Bootstrap.of(200, 1);
    Estimate plain = bootstrap.mean(values);
    double mean = plain.value();
    Estimate shifted =
        bootstrap.centred(
            mean,
            50,
            counts -> {
              double sum = 0;
              for (int i = 0; i < 50; i++) {
                sum += counts[i] * values[i];
              }
              return sum / 50 + 100;
            });
    assertThat(shifted.low()).isCloseTo(plain.low(), within(0.02));
    assertThat(shifted.high()).isCloseTo(plain.high(), within(0.02));
    assertThat((shifted.low() + shifted.high()) / 2).isCloseTo(mean, within(0.02));
  }

  @Test
  void constantValuesHaveNoDoubt() {
    Estimate e = Bootstrap.of(20, 0).mean(new double[] {4, 4, 4});
    assertThat(new Estimate(e.value(), e.low(), e.high())).isEqualTo(Estimate.exact(4));
  }

  @Test
  void aPairedDifferenceIsThatOfTheRowsDifferences() {
    double[] a = new SplittableRandom(3).doubles(80).toArray();
    double[] b = new SplittableRandom(4).doubles(80).map(u -> u / 10).toArray();
    double[] sum = new double[80];
    Arrays.setAll(sum, i -> a[i] + b[i]);
    Bootstrap bootstrap = Bootstrap.of(300, 2);
    Estimate difference = bootstrap.difference(bootstrap.mean(sum), bootstrap.mean(a));
    Estimate expected = bootstrap.mean(b);
    assertThat(difference.value()).isCloseTo(expected.value(), within(1e-12));
    assertThat(difference.low()).isCloseTo(expected.low(), within(1e-12));
    assertThat(difference.high()).isCloseTo(expected.high(), within(1e-12));
    assertThatThrownBy(() -> bootstrap.difference(bootstrap.mean(a), Estimate.exact(1)))
        .hasMessageEndingWith("but they have 300 and 0");
  }

  @Test
  void aResampleWithoutAFigureIsLeftOutOfTheInterval() {
    Bootstrap bootstrap = Bootstrap.of(20, 0);
    double[] replicates = new double[20];
    Arrays.setAll(replicates, i -> i == 7 ? Double.NaN : 3);
    Estimate e = bootstrap.interval(3, replicates);
    assertThat(e.low()).isEqualTo(3);
    assertThat(e.high()).isEqualTo(3);
    assertThat(e.replicates()).hasSize(20);
  }

  @Test
  void badSettingsAreRefusedWithTheirRange() {
    assertThatThrownBy(() -> Bootstrap.of(5, 0))
        .hasMessage("resamples must be at least 20 but was 5");
    assertThatThrownBy(() -> new Bootstrap(100, 95, 0))
        .hasMessage("level must be in (0, 1) but was 95.0");
    assertThatThrownBy(() -> new Estimate(1, 2, 1)).hasMessageContaining("low <= high");
  }
}
