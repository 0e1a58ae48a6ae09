package io.github.tcd4j.evaluation.metric;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class WilsonIntervalTest {
  /** An end p of the interval solves |hits / n - p| = 1.96 sqrt(p (1 - p) / n). */
  @ParameterizedTest
  @CsvSource({"1, 3", "13, 64", "40, 64", "3, 4"})
  void itsEndsLieAStandardNormalQuantileFromTheShare(int hits, int n) {
    Estimate found = WilsonInterval.of(hits, n);
    assertThat(found.value()).isEqualTo((double) hits / n);
    for (double p : new double[] {found.low(), found.high()}) {
      assertThat(Math.abs(found.value() - p) / Math.sqrt(p * (1 - p) / n))
          .isEqualTo(1.959964, within(1e-6));
    }
  }

  @Test
  void noneAndAllOfFewHaveAnIntervalToo() {
    double reach = 1.959964 * 1.959964 / (10 + 1.959964 * 1.959964);
    assertThat(WilsonInterval.of(0, 10).low()).isZero();
    assertThat(WilsonInterval.of(0, 10).high()).isEqualTo(reach, within(1e-6));
    assertThat(WilsonInterval.of(10, 10).low()).isEqualTo(1 - reach, within(1e-6));
    assertThat(WilsonInterval.of(10, 10).high()).isEqualTo(1);
    assertThatThrownBy(() -> WilsonInterval.of(3, 2)).hasMessageContaining("3 of 2");
    assertThatThrownBy(() -> WilsonInterval.of(0, 0)).hasMessageContaining("0 of 0");
  }
}
