package io.github.tcd4j.diffusion;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.github.tcd4j.diffusion.Prediction.Kind;
import io.github.tcd4j.diffusion.Tcf2.Form;
import io.github.tcd4j.diffusion.schedule.Grid;
import io.github.tcd4j.diffusion.schedule.Node;
import io.github.tcd4j.diffusion.schedule.PerSample;
import io.github.tcd4j.diffusion.schedule.VeSchedule;
import io.github.tcd4j.diffusion.schedule.VpSchedule;
import io.github.tcd4j.tensor.RandomSource;
import io.github.tcd4j.tensor.Scope;
import io.github.tcd4j.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

class Tcf2Test {
  private final Scope scope = Scope.inference();
  private final VpSchedule schedule = VpSchedule.stableDiffusion();

  @AfterEach
  void free() {
    scope.close();
  }

  static Stream<Arguments> everyForm() {
    return Stream.of(Form.values())
        .flatMap(
            form ->
                Stream.of(Kind.values())
                    .flatMap(
                        kind ->
                            Stream.of(true, false)
                                .map(whole -> Arguments.of(new Tcf2(form, whole), kind))));
  }

  @ParameterizedTest
  @CsvSource({
    "999, 759, 889.25",
    "999, 0, 233.21",
    "759, 349, 569.00",
    "499, 181, 329.67",
    "259, 0, 21.99"
  })
  void theStopBetweenIsTheMidpointInLambda(double t, double s, double u) {
    Tcf2 fractional = new Tcf2(Form.DATA, false);
    assertThat(fractional.middle(schedule.at(t), schedule.at(s), schedule).time())
        .isEqualTo(u, within(0.01));
    assertThat(new Tcf2().middle(schedule.at(t), schedule.at(s), schedule).time())
        .isEqualTo(Math.rint(u));
  }

  @ParameterizedTest
  @MethodSource("everyForm")
  void itsErrorOnAMixtureFallsWithTheCubeOfTheStep(Tcf2 tcf, Kind kind) {
    GaussianMixture data = GaussianMixture.LINE;
    Denoiser exact = data.denoiser(schedule, kind);
    double from = schedule.lambda(700);
    double[] steps = {0.4, 0.2, 0.1};
    double[] errors = new double[steps.length];
    for (int i = 0; i < steps.length; i++) {
      double to = from + steps[i];
      Node s = new Node(schedule.timeOf(to), alpha(to), alpha(-to));
      for (double x : new double[] {-1.4, -0.6, 0.1, 0.5, 1.2}) {
        double told = tcf.jump(exact, one(x), schedule.at(700), s, schedule).item();
        errors[i] += Math.abs(told - data.flow((float) x, from, to));
      }
    }
    assertThat(Math.log(errors[0] / errors[1]) / Math.log(2)).isEqualTo(3, within(0.4));
    assertThat(Math.log(errors[1] / errors[2]) / Math.log(2)).isEqualTo(3, within(0.3));
  }

  @ParameterizedTest
  @MethodSource("everyForm")
  void itIsTheFormulaOfItsForm(Tcf2 tcf, Kind kind) {
    GaussianMixture data = GaussianMixture.LINE;
    Denoiser network = data.denoiser(schedule, kind);
    Random random = new Random(3);
    for (int i = 0; i < 30; i++) {
      double t = 2 + random.nextInt(998);
      double s = random.nextInt((int) t);
      double x = random.nextGaussian();
      Node u = tcf.middle(schedule.at(t), schedule.at(s), schedule);
      double expected = byHand(tcf.form(), data, (float) x, schedule.at(t), u, schedule.at(s));
      double told = tcf.jump(network, one(x), schedule.at(t), schedule.at(s), schedule).item();
      double scale = tcf.form() == Form.DATA ? 1 : 15;
      assertThat(told).isEqualTo(expected, within(1e-4 * scale));
    }
  }

  @ParameterizedTest
  @MethodSource("everyForm")
  void oneNodeForAllRowsGivesTheSameAsOneTimeEach(Tcf2 tcf, Kind kind) {
    Denoiser network = GaussianMixture.latents(36).denoiser(schedule, kind);
    Tensor x = new RandomSource(2).normal(2, 4, 3, 3);
    for (double[] jump : new double[][] {{801, 300}, {999, 0}, {1, 0}, {20, 19}, {600.5, 600.25}}) {
      Tensor rows =
          tcf.jump(network, x, PerSample.same(jump[0], x), PerSample.same(jump[1], x), schedule);
      Tensor nodes = tcf.jump(network, x, schedule.at(jump[0]), schedule.at(jump[1]), schedule);
      assertThat(nodes.toDoubleArray()).containsExactly(rows.toDoubleArray(), within(1e-4));
      assertThat(rows.isFinite()).isTrue();
    }
  }

  @ParameterizedTest
  @MethodSource("everyForm")
  void aJumpToWhereOneStandsLeadsNowhere(Tcf2 tcf, Kind kind) {
    RandomSource random = new RandomSource(1);
    Tensor x = random.normal(6, 4, 3, 3);
    Tensor m = random.normal(6, 4, 3, 3);
    Tensor t = Tensor.of(new float[] {0, 1, 20.5f, 400, 998.25f, 999});
    Denoiser network = (a, b, c) -> new Prediction(kind, m);
    Tensor stayed = tcf.jump(network, x, t, t, schedule);
    assertThat(stayed.toDoubleArray()).containsExactly(x.toDoubleArray(), within(2e-6));
    Tensor node = tcf.jump(network, x, schedule.at(400), schedule.at(400), schedule);
    assertThat(node.toDoubleArray()).containsExactly(x.toDoubleArray(), within(2e-6));
  }

  @ParameterizedTest
  @EnumSource
  void dataOfOnePointIsReachedAtOnce(Kind kind) {
    GaussianMixture point = GaussianMixture.single(0.7, 1e-4);
    Node s = schedule.at(0);
    double x = 1.1;
    double told =
        new Tcf2()
            .jump(point.denoiser(schedule, kind), one(x), schedule.at(700), s, schedule)
            .item();
    Node t = schedule.at(700);
    double eps = (x - t.alpha() * 0.7) / t.sigma();
    assertThat(told).isEqualTo(s.alpha() * 0.7 + s.sigma() * eps, within(2e-5));
  }

  @Test
  void theNetworkIsAskedAtTheStartAndAtTheStopBetween() {
    List<double[]> times = new ArrayList<>();
    Tensor x = Tensor.of(new float[] {1, 1}, 2, 1, 1, 1);
    Denoiser d =
        (a, from, to) -> {
          times.add(from.toDoubleArray());
          times.add(to.toDoubleArray());
          return new Prediction(Kind.X0, a);
        };
    Tensor t = Tensor.of(new float[] {999, 499});
    new Tcf2().jump(d, x, t, Tensor.of(new float[] {759, 181}), schedule);
    assertThat(times).hasSize(4);
    assertThat(times.get(0)).containsExactly(999, 499);
    assertThat(times.get(1)).containsExactly(889, 330);
    assertThat(times.get(2)).containsExactly(889, 330);
    assertThat(times.get(3)).containsExactly(759, 181);
  }

  @Test
  void withoutANoisyOrACleanEndThereIsOnlyOrderOne() {
    Denoiser d = (x, t, s) -> new Prediction(Kind.V, x.times(0.3).plus(PerSample.broadcast(t)));
    Tensor x = new RandomSource(4).normal(2, 4, 3, 3);
    Node t = schedule.at(700);
    assertSame(
        new Tcf2().jump(d, x, t, Grid.CLEAN, schedule),
        new Tcf1().jump(d, x, t, Grid.CLEAN, schedule));
    VpSchedule zero = schedule.zeroTerminalSnr();
    assertSame(
        new Tcf2().jump(d, x, zero.at(999), zero.at(500), zero),
        new Tcf1().jump(d, x, zero.at(999), zero.at(500), zero));
  }

  @Test
  void inExplodingCoordinatesItKeepsItsOrder() {
    VeSchedule ve = new VeSchedule(0.002, 80);
    GaussianMixture data = GaussianMixture.LINE;
    Tcf2 tcf = new Tcf2(Form.DATA, false);
    double[] errors = new double[2];
    for (int i = 0; i < 2; i++) {
      double tau = Math.exp(-0.2 / (i + 1));
      double told = tcf.jump(data.denoiser(ve, Kind.X0), one(0.9), ve.at(1), ve.at(tau), ve).item();
      // The flow of the mixture is written in VP coordinates, y = x / alpha.
      double exact = data.flow((float) 0.9 * alpha(0), 0, -Math.log(tau)) / alpha(-Math.log(tau));
      errors[i] = Math.abs(told - exact);
    }
    assertThat(Math.log(errors[0] / errors[1]) / Math.log(2)).isEqualTo(3, within(0.4));
  }

  private static double byHand(Form form, GaussianMixture data, double x, Node t, Node u, Node s) {
    double h = s.lambda() - t.lambda();
    double r = (u.lambda() - t.lambda()) / h;
    double f = data.x0(x, t.alpha(), t.sigma());
    if (form == Form.DATA) {
      double xu = u.sigma() / t.sigma() * x - u.alpha() * Math.expm1(-r * h) * f;
      double fu = data.x0(xu, u.alpha(), u.sigma());
      double mean = (1 - 1 / (2 * r)) * f + fu / (2 * r);
      return s.sigma() / t.sigma() * x - s.alpha() * Math.expm1(-h) * mean;
    }
    double eps = (x - t.alpha() * f) / t.sigma();
    double xu = u.alpha() / t.alpha() * x - u.sigma() * Math.expm1(r * h) * eps;
    double epsU = (xu - u.alpha() * data.x0(xu, u.alpha(), u.sigma())) / u.sigma();
    double mean = (1 - 1 / (2 * r)) * eps + epsU / (2 * r);
    return s.alpha() / t.alpha() * x - s.sigma() * Math.expm1(h) * mean;
  }

  private static void assertSame(Tensor a, Tensor b) {
    assertThat(a.toDoubleArray()).containsExactly(b.toDoubleArray(), within(1e-5));
  }

  private static Tensor one(double x) {
    return Tensor.of(new float[] {(float) x}, 1, 1, 1, 1);
  }

  private static double alpha(double lambda) {
    return 1 / Math.sqrt(1 + Math.exp(-2 * lambda));
  }
}
