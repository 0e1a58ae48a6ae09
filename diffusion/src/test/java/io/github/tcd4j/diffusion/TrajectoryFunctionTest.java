package io.github.tcd4j.diffusion;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import io.github.tcd4j.diffusion.Prediction.Kind;
import io.github.tcd4j.diffusion.schedule.Node;
import io.github.tcd4j.diffusion.schedule.PerSample;
import io.github.tcd4j.diffusion.schedule.VeSchedule;
import io.github.tcd4j.diffusion.schedule.VpSchedule;
import io.github.tcd4j.tensor.RandomSource;
import io.github.tcd4j.tensor.Scope;
import io.github.tcd4j.tensor.Tensor;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** What holds for all of them, whichever language the network speaks. */
class TrajectoryFunctionTest {
  private final Scope scope = Scope.inference();
  private final VpSchedule schedule = VpSchedule.stableDiffusion();

  @AfterEach
  void free() {
    scope.close();
  }

  static Stream<Arguments> functionsAndKinds() {
    return Stream.of(
            new Tcf1(),
            new TcfSPlus(),
            new Tcf2(Tcf2.Form.DATA, true),
            new Tcf2(Tcf2.Form.DATA, false),
            new Tcf2(Tcf2.Form.NOISE, true),
            new Tcf2(Tcf2.Form.NOISE, false),
            new HeunStep())
        .flatMap(f -> Stream.of(Kind.values()).map(kind -> arguments(f, kind)));
  }

  @ParameterizedTest
  @MethodSource("functionsAndKinds")
  void theBroadBoundaryHoldsWhateverTheNetworkSays(TrajectoryFunction f, Kind kind) {
    RandomSource random = new RandomSource(1);
    Tensor x = random.normal(40, 3, 2, 2);
    Tensor weights = random.normal(40, 3, 2, 2);
    Denoiser any = (a, t, s) -> new Prediction(kind, a.times(weights).sin());
    Tensor t = random.uniform(0, 999, 40);
    Tensor stayed = f.jump(any, x, t, t, schedule);
    assertThat(stayed.toDoubleArray()).containsExactly(x.toDoubleArray(), within(3e-6));
  }

  @ParameterizedTest
  @MethodSource("functionsAndKinds")
  void theClassicalBoundaryHoldsAtTheCleanEnd(TrajectoryFunction f, Kind kind) {
    RandomSource random = new RandomSource(2);
    Tensor x = random.normal(4, 3, 2, 2);
    Denoiser any = (a, t, s) -> new Prediction(kind, a.cos());
    Tensor zero = PerSample.same(0, x);
    Tensor stayed = f.jump(any, x, zero, zero, schedule);
    assertThat(stayed.toDoubleArray()).containsExactly(x.toDoubleArray(), within(3e-6));
  }

  @ParameterizedTest
  @MethodSource("functionsAndKinds")
  void dataOfOnePointIsReachedAtOnceFromEverywhere(TrajectoryFunction f, Kind kind) {
    RandomSource random = new RandomSource(3);
    Tensor x0 = random.normal(20, 1, 2, 2);
    Tensor z = random.normal(20, 1, 2, 2);
    Denoiser exact =
        (x, t, s) -> {
          Tensor alpha = schedule.alpha(t);
          Tensor sigma = schedule.sigma(t);
          Tensor eps = x.minus(alpha.times(x0)).div(sigma);
          return new Prediction(kind, kind.target(x0, eps, alpha, sigma));
        };
    Tensor t = random.uniform(300, 999, 20);
    Tensor s = random.uniform(0, 300, 20);
    Tensor told = f.jump(exact, schedule.diffuse(x0, z, t), t, s, schedule);
    assertThat(told.toDoubleArray())
        .containsExactly(schedule.diffuse(x0, z, s).toDoubleArray(), within(3e-5));
  }

  @ParameterizedTest
  @MethodSource("functionsAndKinds")
  void aScaledDestinationScalesWhatStandsThere(TrajectoryFunction f, Kind kind) {
    Tensor x = new RandomSource(5).normal(4, 3, 2, 2);
    Denoiser any = (a, t, s) -> new Prediction(kind, a.times(0.7).sin());
    Node t = schedule.at(700);
    Node s = schedule.at(200);
    Tensor whole = f.jump(any, x, t, s, schedule).times(0.6);
    Tensor scaled = f.jump(any, x, t, s.scaled(0.6), schedule);
    assertThat(scaled.toDoubleArray()).containsExactly(whole.toDoubleArray(), within(2e-6));
  }

  @ParameterizedTest
  @EnumSource
  void aNetworkConditionedOnTheDestinationCanMakeTheJumpExact(Kind kind) {
    RandomSource random = new RandomSource(4);
    ExactFlow flow = new ExactFlow(GaussianMixture.PLANE);
    Tensor x = random.normal(30, 2, 1, 1);
    Tensor t = random.uniform(500, 999, 30);
    Tensor s = random.uniform(0, 480, 30);
    // The mean of x0 over the way, weighted with e^lambda: eq. 24 solved for F.
    Denoiser mean =
        (a, from, to) -> {
          Tensor there = flow.jump((p, q, r) -> new Prediction(kind, p), a, from, to, schedule);
          Tensor ratio = schedule.sigma(to).div(schedule.sigma(from));
          Tensor gain = schedule.alpha(to).minus(ratio.times(schedule.alpha(from)));
          Tensor x0 = there.minus(ratio.times(a)).div(gain);
          Tensor alpha = schedule.alpha(from);
          Tensor sigma = schedule.sigma(from);
          Tensor eps = a.minus(alpha.times(x0)).div(sigma);
          return new Prediction(kind, kind.target(x0, eps, alpha, sigma));
        };
    double[] exact = flow.jump(mean, x, t, s, schedule).toDoubleArray();
    assertThat(new TcfSPlus().jump(mean, x, t, s, schedule).toDoubleArray())
        .containsExactly(exact, within(3e-5));
    Denoiser blind = GaussianMixture.PLANE.denoiser(schedule, kind);
    double[] bySlope = new TcfSPlus().jump(blind, x, t, s, schedule).toDoubleArray();
    assertThat(bySlope)
        .containsExactly(new Tcf1().jump(blind, x, t, s, schedule).toDoubleArray(), within(0.0));
    double error = 0;
    for (int j = 0; j < exact.length; j++) {
      error = Math.max(error, Math.abs(bySlope[j] - exact[j]));
    }
    assertThat(error).isGreaterThan(0.1);
  }

  @ParameterizedTest
  @EnumSource
  void theStepOfHeunIsOfSecondOrder(Kind kind) {
    Denoiser exact = GaussianMixture.LINE.denoiser(schedule, kind);
    double from = schedule.lambda(700);
    double[] widths = {0.4, 0.2, 0.1};
    double[] errors = new double[widths.length];
    Tensor x = Tensor.of(new float[] {-1.4f, -0.6f, 0.1f, 0.5f, 1.2f}, 5, 1, 1, 1);
    for (int i = 0; i < widths.length; i++) {
      Tensor s = PerSample.same((float) schedule.timeOf(from + widths[i]), x);
      Tensor t = PerSample.same(700, x);
      double[] told = new HeunStep().jump(exact, x, t, s, schedule).toDoubleArray();
      double[] wanted =
          new ExactFlow(GaussianMixture.LINE).jump(exact, x, t, s, schedule).toDoubleArray();
      for (int b = 0; b < told.length; b++) {
        errors[i] += Math.abs(told[b] - wanted[b]);
      }
    }
    assertThat(Math.log(errors[0] / errors[1]) / Math.log(2)).isEqualTo(3, within(0.4));
    assertThat(Math.log(errors[1] / errors[2]) / Math.log(2)).isEqualTo(3, within(0.3));
  }

  @Test
  void theStepOfHeunIsTheMeanOfTheSlopesInTau() {
    VeSchedule ve = new VeSchedule(0.002, 80);
    Denoiser d =
        (y, t, s) -> new Prediction(Kind.EPSILON, y.times(PerSample.map(t, u -> 1 / (1 + u))));
    Tensor y = Tensor.of(new float[] {3, 3}, 2, 1, 1, 1);
    Tensor t = Tensor.of(new float[] {2, 2});
    Tensor s = Tensor.of(new float[] {0.5f, 0});
    double[] told = new HeunStep().jump(d, y, t, s, ve).toDoubleArray();
    double euler = 3 - 1.5 * 1;
    assertThat(told[0]).isEqualTo(3 - 1.5 * (1 + euler / 1.5) / 2, within(1e-6));
    // Without noise at its end the Euler step is the answer.
    assertThat(told[1]).isEqualTo(3 - 2.0, within(1e-6));
  }
}
