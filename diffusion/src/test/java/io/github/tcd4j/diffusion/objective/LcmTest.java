package io.github.tcd4j.diffusion.objective;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.github.tcd4j.diffusion.BoundaryScaling;
import io.github.tcd4j.diffusion.Denoiser;
import io.github.tcd4j.diffusion.GaussianMixture;
import io.github.tcd4j.diffusion.Prediction;
import io.github.tcd4j.diffusion.Prediction.Kind;
import io.github.tcd4j.diffusion.schedule.VpSchedule;
import io.github.tcd4j.tensor.Autograd;
import io.github.tcd4j.tensor.RandomSource;
import io.github.tcd4j.tensor.Scope;
import io.github.tcd4j.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class LcmTest {
  private final Scope scope = Scope.open();
  private final VpSchedule schedule = VpSchedule.stableDiffusion();
  private final GaussianMixture data = GaussianMixture.LINE;

  @AfterEach
  void free() {
    scope.close();
  }

  @ParameterizedTest
  @CsvSource({"0, 1, 0", "1, 0.00249377, 0.99875234", "19, 6.9e-6, 0.9999965", "999, 2.5e-9, 1"})
  void theScalingHasTheKnownValues(double t, double skip, double out) {
    assertThat(BoundaryScaling.LCM.skip(t)).isEqualTo(skip, within(5e-8));
    assertThat(BoundaryScaling.LCM.out(t)).isEqualTo(out, within(5e-8));
  }

  @Test
  void withoutScalingItIsTheCleanSampleEverywhereButAtZero() {
    assertThat(BoundaryScaling.PLAIN.skip(0)).isEqualTo(1);
    assertThat(BoundaryScaling.PLAIN.out(0)).isZero();
    assertThat(BoundaryScaling.PLAIN.skip(1)).isZero();
    assertThat(BoundaryScaling.PLAIN.out(1)).isEqualTo(1);
    assertThatThrownBy(() -> new BoundaryScaling(-1, 10))
        .hasMessageStartingWith("the scaling needs sigma_data >= 0");
  }

  @Test
  void theLossIsTheOneComputedByHand() {
    int rows = 64;
    Tensor x0 = new RandomSource(1).normal(rows, 1, 1, 1);
    Denoiser exact = data.denoiser(schedule, Kind.V);
    DistillationNetworks players =
        new DistillationNetworks(exact, (x, t, w) -> exact.at(x, t, t), exact);
    double loss =
        Lcm.of(GuidedStep.ddim(20, 1, 7, new Distance.PseudoHuber(1e-3)))
            .losses(x0, players, schedule, new RandomSource(2), 0, 1)
            .of(Losses.STUDENT)
            .item();

    TcdTest.Draws draws = new TcdTest.Draws(new RandomSource(2), rows);
    double sum = 0;
    boolean reachesZero = false;
    for (int b = 0; b < rows; b++) {
      double t = 20 * (draws.i[b] + 1) - 1;
      double tn = Math.max(t - 20, 0);
      reachesZero |= tn == 0;
      double x = schedule.alpha(t) * x0.select(0, b).item() + schedule.sigma(t) * draws.z[b];
      double clean = data.x0(x, schedule.alpha(t), schedule.sigma(t));
      double eps = (x - schedule.alpha(t) * clean) / schedule.sigma(t);
      double xn = schedule.alpha(tn) * clean + schedule.sigma(tn) * eps;
      double d = mixed(x, t) - mixed(xn, tn);
      sum += Math.sqrt(d * d + 1e-6) - 1e-3;
    }
    assertThat(reachesZero).isTrue();
    assertThat(loss).isEqualTo(sum / rows, within(1e-5));
  }

  @Test
  void itAsksForTheCleanSampleAndDrawsNoDestination() {
    List<double[]> sent = new ArrayList<>();
    Denoiser watched =
        (x, t, s) -> {
          sent.add(s.toDoubleArray());
          return new Prediction(Kind.X0, x);
        };
    DistillationNetworks players =
        new DistillationNetworks(watched, (x, t, w) -> new Prediction(Kind.X0, x), watched);
    RandomSource random = new RandomSource(2);
    Lcm.of(GuidedStep.ddim(20, 1, 7, new Distance.L2()))
        .losses(new RandomSource(1).normal(8, 1, 1, 1), players, schedule, random, 0, 1);
    assertThat(sent).hasSize(2).allSatisfy(s -> assertThat(s).containsOnly(0));
    TcdTest.Draws draws = new TcdTest.Draws(new RandomSource(2), 8);
    assertThat(random.normal(3).sameAs(draws.random.normal(3))).isTrue();
  }

  @Test
  void theGradientReachesOnlyTheStudent() {
    Tensor a = Tensor.scalar(0.9).requiresGrad_(true);
    Tensor b = Tensor.scalar(0.8).requiresGrad_(true);
    DistillationNetworks players =
        new DistillationNetworks(
            (x, t, s) -> new Prediction(Kind.X0, x.times(a)),
            (x, t, w) -> new Prediction(Kind.X0, x.times(b)),
            (x, t, s) -> new Prediction(Kind.X0, x.times(b)));
    Autograd.backward(
        Lcm.of(GuidedStep.ddim(20, 1, 7, new Distance.L2()))
            .losses(
                new RandomSource(1).normal(8, 1, 1, 1),
                players,
                schedule,
                new RandomSource(2),
                0,
                1)
            .of(Losses.STUDENT));
    assertThat(Autograd.gradient(a).item()).isNotZero();
    assertThat(Autograd.hasGradient(b)).isFalse();
  }

  private double mixed(double x, double t) {
    double clean = data.x0(x, schedule.alpha(t), schedule.sigma(t));
    return BoundaryScaling.LCM.skip(t) * x + BoundaryScaling.LCM.out(t) * clean;
  }
}
