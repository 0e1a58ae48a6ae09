package io.github.tcd4j.diffusion.schedule;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.github.tcd4j.tensor.Scope;
import io.github.tcd4j.tensor.Tensor;
import io.github.tcd4j.tensor.file.SafeTensors;
import java.nio.file.Path;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class VpScheduleTest {
  private final VpSchedule sd = VpSchedule.stableDiffusion();

  @ParameterizedTest
  @CsvSource({
    "0, 0.99914998, 0.99957490, 0.02915513, 3.534699, 0.02916753",
    "19, 0.98224396, 0.99108221, 0.13325181, 2.006557, 0.13445081",
    "99, 0.89546245, 0.94628878, 0.32332267, 1.073897, 0.34167442",
    "259, 0.65897524, 0.81177290, 0.58397325, 0.329365, 0.71938007",
    "349, 0.50815666, 0.71285108, 0.70131544, 0.016315, 0.98381760",
    "499, 0.27766943, 0.52694348, 0.84990033, -0.478026, 1.61288708",
    "759, 0.05221289, 0.22850140, 0.97354358, -1.449400, 4.26055849",
    "799, 0.03719497, 0.19285998, 0.98122629, -1.626839, 5.08776523",
    "979, 0.00591277, 0.07689451, 0.99703923, -2.562356, 12.96632514",
    "999, 0.00466010, 0.06826489, 0.99766723, -2.682024, 14.61464662"
  })
  void stableDiffusionHasTheKnownTable(
      int t, double abar, double alpha, double sigma, double lambda, double tau) {
    assertThat(sd.abar(t)).isEqualTo(abar, within(2e-8));
    assertThat(sd.alpha(t)).isEqualTo(alpha, within(1e-7));
    assertThat(sd.sigma(t)).isEqualTo(sigma, within(1e-6));
    assertThat(sd.lambda(t)).isEqualTo(lambda, within(3e-6));
    assertThat(sd.tau(t)).isEqualTo(tau, within(1e-6 * Math.max(1, tau)));
  }

  @ParameterizedTest
  @CsvSource({
    "59, .94196230", "139, .84313983", "181, .78265423", "207, .74280339", "379, .45850912",
    "399, .42608613", "531, .23659416", "607, .15409951", "639, .12591042", "879, .01753415"
  })
  void abarAgreesBetweenTheRowsOfTheTable(int t, double abar) {
    assertThat(sd.abar(t)).isEqualTo(abar, within(2e-8));
  }

  @ParameterizedTest
  @CsvSource({
    "linear, 0.0001, 0.02",
    "scaled_linear, 0.00085, 0.012",
    "squaredcos_cap_v2, 0.1, 0.1"
  })
  void everyCurveEqualsPyTorchToTheLastBits(String curve, double start, double end) {
    VpSchedule schedule = VpSchedule.of(BetaSchedule.parse(curve), start, end, 1000);
    try (Scope scope = Scope.inference();
        SafeTensors file = SafeTensors.open(Path.of("src/test/resources/schedulers.safetensors"))) {
      float[] plain = file.get("abar/" + curve).toFloatArray();
      float[] zero = file.get("abar/" + curve + "/zero").toFloatArray();
      VpSchedule stretched = schedule.zeroTerminalSnr();
      for (int t = 0; t < 1000; t++) {
        assertThat(schedule.abar(t)).isEqualTo(plain[t], within(1e-6 * plain[t]));
        assertThat(stretched.abar(t)).isEqualTo(zero[t], within(1e-6 + 1e-5 * zero[t]));
      }
    }
  }

  @Test
  void signalAndNoiseAreComplementaryAtAnyTime() {
    Random random = new Random(1);
    for (int i = 0; i < 1000; i++) {
      double t = random.nextDouble() * 999;
      assertThat(Math.hypot(sd.alpha(t), sd.sigma(t))).isEqualTo(1, within(1e-12));
      assertThat(sd.sigma(t) / sd.alpha(t)).isEqualTo(sd.tau(t), within(1e-11));
    }
  }

  @Test
  void tauIsLinearBetweenTwoTimes() {
    assertThat(sd.tau(500.25)).isEqualTo(0.75 * sd.tau(500) + 0.25 * sd.tau(501), within(1e-12));
  }

  @Test
  void timeOfInvertsLambda() {
    Random random = new Random(2);
    for (int i = 0; i < 1000; i++) {
      double t = i < 500 ? random.nextDouble() * 999 : random.nextInt(1000);
      assertThat(sd.timeOf(sd.lambda(t))).isEqualTo(t, within(1e-6));
    }
    assertThat(sd.timeOf(100)).isZero();
    assertThat(sd.timeOf(-100)).isEqualTo(999);
  }

  @ParameterizedTest
  @CsvSource({
    "999, 759, 889.25",
    "999, 0, 233.21",
    "759, 349, 569.00",
    "499, 181, 329.67",
    "259, 0, 21.99"
  })
  void theMidpointInLambdaHasTheKnownTime(double t, double s, double u) {
    assertThat(sd.timeOf((sd.lambda(t) + sd.lambda(s)) / 2)).isEqualTo(u, within(0.01));
  }

  @Test
  void rowsOfTimesBecomeBroadcastableRows() {
    try (Scope scope = Scope.inference()) {
      Tensor alpha = sd.alpha(Tensor.of(new float[] {0, 499, 999}));
      assertThat(alpha.shape()).containsExactly(3, 1, 1, 1);
      assertThat(alpha.toFloatArray()).containsExactly(0.9995749f, 0.52694348f, 0.06826489f);
    }
  }

  @Test
  void diffusingMixesSignalAndNoiseOfEachRow() {
    try (Scope scope = Scope.inference()) {
      Tensor x0 = Tensor.of(new float[] {1, 1}, 2, 1, 1, 1);
      Tensor noise = Tensor.of(new float[] {2, -1}, 2, 1, 1, 1);
      Tensor x = sd.diffuse(x0, noise, Tensor.of(new float[] {99, 499}));
      assertThat(x.toDoubleArray())
          .containsExactly(
              new double[] {sd.alpha(99) + 2 * sd.sigma(99), sd.alpha(499) - sd.sigma(499)},
              within(1e-6));
    }
  }

  @Test
  void zeroTerminalSnrLeavesNothingOfTheSignalAndKeepsTheBeginning() {
    VpSchedule zero = sd.zeroTerminalSnr();
    assertThat(zero.alpha(999)).isZero();
    assertThat(zero.sigma(999)).isEqualTo(1);
    assertThat(zero.abar(0)).isEqualTo(sd.abar(0), within(1e-7));
  }

  @ParameterizedTest
  @ValueSource(doubles = {-1, 999.5, Double.NaN})
  void aTimeOutsideIsNamed(double t) {
    assertThatThrownBy(() -> sd.alpha(t))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("time must be in [0, 999] but was " + t);
  }

  @Test
  void anUnknownCurveIsNamedWithTheKnownOnes() {
    assertThatThrownBy(() -> BetaSchedule.parse("sigmoid"))
        .hasMessage(
            "beta_schedule must be one of [linear, scaled_linear, squaredcos_cap_v2] but was"
                + " sigmoid");
  }

  @Test
  void theExplodingScheduleTellsTimeInTau() {
    VeSchedule ve = new VeSchedule(0.002, 80);
    assertThat(ve.alpha(3)).isEqualTo(1);
    assertThat(ve.sigma(3)).isEqualTo(3);
    assertThat(ve.timeOf(ve.lambda(3))).isEqualTo(3, within(1e-12));
    assertThatThrownBy(() -> ve.sigma(81)).hasMessage("tau must be in [0, 80.0] but was 81.0");
  }
}
