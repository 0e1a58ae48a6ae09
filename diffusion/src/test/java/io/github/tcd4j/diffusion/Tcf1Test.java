package io.github.tcd4j.diffusion;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.github.tcd4j.diffusion.Prediction.Kind;
import io.github.tcd4j.diffusion.schedule.Node;
import io.github.tcd4j.diffusion.schedule.PerSample;
import io.github.tcd4j.diffusion.schedule.VeSchedule;
import io.github.tcd4j.diffusion.schedule.VpSchedule;
import io.github.tcd4j.tensor.RandomSource;
import io.github.tcd4j.tensor.Scope;
import io.github.tcd4j.tensor.Tensor;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class Tcf1Test {
  private final Scope scope = Scope.inference();
  private final VpSchedule schedule = VpSchedule.stableDiffusion();
  private final Tcf1 tcf = new Tcf1();

  @AfterEach
  void free() {
    scope.close();
  }

  @ParameterizedTest
  @CsvSource({
    "999, 759, 3.34727565, -2.36592364, 0.97581995, 0.16188716, 1.23262397",
    "999, 531, 7.12532399, -6.23497127, 0.87577397, 0.42662484, 2.09630245",
    "999, 0, 14.64259170, -14.57927879, 0.02922331, 0.99757997, 6.21672329",
    "759, 349, 3.11967924, -2.33582827, 0.72037395, 0.54824462, 1.46571501",
    "499, 181, 1.67888494, -0.96068129, 0.54853912, 0.59562836, 1.11862653",
    "259, 0, 1.23134795, -0.68991913, 0.04992546, 0.95904676, 3.20533362",
    "19, 0, 1.00856910, -0.10523852, 0.21879728, 0.78272880, 1.52814222"
  })
  void coefficientsAreTheKnownOnes(
      double t, double s, double a, double b, double c, double d, double h) {
    assertThat(schedule.lambda(s) - schedule.lambda(t)).isEqualTo(h, within(1e-5));
    double scale = Math.max(1, Math.abs(a));
    assertThat(jump(Kind.EPSILON, 1, 0, t, s)).isEqualTo(a, within(2e-6 * scale));
    assertThat(jump(Kind.EPSILON, 0, 1, t, s)).isEqualTo(b, within(2e-6 * scale));
    assertThat(jump(Kind.X0, 1, 0, t, s)).isEqualTo(c, within(2e-6));
    assertThat(jump(Kind.X0, 0, 1, t, s)).isEqualTo(d, within(2e-6));
  }

  @Test
  void theThreeFormsAreOne() {
    Random random = new Random(5);
    for (int i = 0; i < 200; i++) {
      double t = 1 + random.nextDouble() * 998;
      double s = random.nextDouble() * t;
      double x = random.nextGaussian();
      double eps = random.nextGaussian();
      double h = schedule.lambda(s) - schedule.lambda(t);
      double x0 = (x - schedule.sigma(t) * eps) / schedule.alpha(t);
      double byData =
          schedule.sigma(s) / schedule.sigma(t) * x - schedule.alpha(s) * Math.expm1(-h) * x0;
      double byNoise =
          schedule.alpha(s) / schedule.alpha(t) * x - schedule.sigma(s) * Math.expm1(h) * eps;
      double scale = Math.max(1, Math.abs(x0));
      assertThat(byData).isEqualTo(byNoise, within(1e-12 * scale));
      assertThat(jump(Kind.EPSILON, x, eps, t, s)).isEqualTo(byNoise, within(3e-6 * scale));
      assertThat(jump(Kind.X0, x, x0, t, s)).isEqualTo(byData, within(3e-6 * scale));
    }
  }

  @ParameterizedTest
  @EnumSource
  void aJumpToWhereOneStandsLeadsNowhere(Kind kind) {
    RandomSource random = new RandomSource(1);
    Tensor x = random.normal(6, 4, 3, 3);
    Tensor m = random.normal(6, 4, 3, 3);
    Tensor t = Tensor.of(new float[] {0, 1, 20.5f, 400, 998.25f, 999});
    Tensor stayed = tcf.jump((a, b, c) -> new Prediction(kind, m), x, t, t, schedule);
    assertThat(stayed.toDoubleArray()).containsExactly(x.toDoubleArray(), within(2e-6));
  }

  @Test
  void oneNodeForAllRowsGivesTheSameAsOneTimeEach() {
    RandomSource random = new RandomSource(2);
    Tensor x = random.normal(2, 4, 3, 3);
    Denoiser d =
        (a, t, s) ->
            new Prediction(Kind.V, a.times(0.3).plus(PerSample.broadcast(t.minus(s)).div(1000)));
    Tensor rows = tcf.jump(d, x, PerSample.same(801, x), PerSample.same(300, x), schedule);
    Tensor nodes = tcf.jump(d, x, schedule.at(801), schedule.at(300), schedule);
    assertThat(nodes.toDoubleArray()).containsExactly(rows.toDoubleArray(), within(1e-5));
  }

  @Test
  void theNetworkIsToldWhereTheJumpLeads() {
    Tensor x = Tensor.of(new float[] {1, 1}, 2, 1, 1, 1);
    Tensor t = Tensor.of(new float[] {500, 400});
    Tensor s = Tensor.of(new float[] {100, 0});
    Denoiser d =
        (a, from, to) -> {
          assertThat(from.sameAs(t)).isTrue();
          assertThat(to.sameAs(s)).isTrue();
          return new Prediction(Kind.X0, a);
        };
    assertThat(tcf.jump(d, x, t, s, schedule).shape()).containsExactly(2, 1, 1, 1);
  }

  @Test
  void inExplodingCoordinatesItIsTheOuterFormOfConsistencyTrajectoryModels() {
    Random random = new Random(6);
    VeSchedule ve = new VeSchedule(0.002, 80);
    for (int i = 0; i < 50; i++) {
      double t = 0.01 + random.nextDouble() * 79;
      double s = 0.01 + random.nextDouble() * (t - 0.01);
      double x = random.nextGaussian() * t;
      double g = random.nextGaussian();
      Tensor answer = Tensor.of(new float[] {(float) g}, 1, 1, 1, 1);
      Tensor at = Tensor.of(new float[] {(float) x}, 1, 1, 1, 1);
      Tensor y = tcf.jump((a, b, c) -> new Prediction(Kind.X0, answer), at, ve.at(t), ve.at(s), ve);
      assertThat(y.item()).isEqualTo(s / t * x + (1 - s / t) * g, within(1e-5 * Math.max(1, t)));
    }
  }

  @ParameterizedTest
  @EnumSource
  void itsErrorOnAMixtureFallsWithTheSquareOfTheStep(Kind kind) {
    GaussianMixture data = GaussianMixture.LINE;
    Denoiser exact = data.denoiser(schedule, kind);
    double from = schedule.lambda(700);
    double[] steps = {0.4, 0.2, 0.1};
    double[] errors = new double[steps.length];
    double[] starts = {-1.4, -0.6, 0.1, 0.5, 1.2};
    for (int i = 0; i < steps.length; i++) {
      double to = from + steps[i];
      Node s = new Node(schedule.timeOf(to), alpha(to), alpha(-to));
      for (double x : starts) {
        Tensor at = Tensor.of(new float[] {(float) x}, 1, 1, 1, 1);
        double told = tcf.jump(exact, at, schedule.at(700), s, schedule).item();
        errors[i] += Math.abs(told - data.flow((float) x, from, to));
      }
    }
    assertThat(Math.log(errors[0] / errors[1]) / Math.log(2)).isEqualTo(2, within(0.3));
    assertThat(Math.log(errors[1] / errors[2]) / Math.log(2)).isEqualTo(2, within(0.2));
  }

  private static double alpha(double lambda) {
    return 1 / Math.sqrt(1 + Math.exp(-2 * lambda));
  }

  private double jump(Kind kind, double x, double m, double t, double s) {
    Tensor answer = Tensor.of(new float[] {(float) m}, 1, 1, 1, 1);
    Tensor at = Tensor.of(new float[] {(float) x}, 1, 1, 1, 1);
    Denoiser d = (a, b, c) -> new Prediction(kind, answer);
    return tcf.jump(d, at, schedule.at(t), schedule.at(s), schedule).item();
  }
}
