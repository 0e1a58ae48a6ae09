package io.github.tcd4j.diffusion.objective;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.github.tcd4j.diffusion.Denoiser;
import io.github.tcd4j.diffusion.Prediction;
import io.github.tcd4j.diffusion.Prediction.Kind;
import io.github.tcd4j.diffusion.schedule.VpSchedule;
import io.github.tcd4j.tensor.Autograd;
import io.github.tcd4j.tensor.DType;
import io.github.tcd4j.tensor.RandomSource;
import io.github.tcd4j.tensor.Scope;
import io.github.tcd4j.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class DiffusionLossTest {
  private static final DiffusionLoss MIN_SNR = new DiffusionLoss(new LossWeight.MinSnr(5));

  private final Scope scope = Scope.open();
  private final VpSchedule schedule = VpSchedule.stableDiffusion();
  private final Tensor x0 = new RandomSource(1).normal(12, 2, 3, 3);

  @AfterEach
  void free() {
    scope.close();
  }

  @ParameterizedTest
  @EnumSource
  void aNetworkThatKnowsTheDataHasNoLoss(Kind kind) {
    Denoiser knows =
        (x, t, s) -> {
          Tensor alpha = schedule.alpha(t);
          Tensor sigma = schedule.sigma(t);
          Tensor eps = x.minus(alpha.times(x0)).div(sigma);
          return new Prediction(kind, kind.target(x0, eps, alpha, sigma));
        };
    Losses losses = losses(MIN_SNR, knows);
    assertThat(losses.of("student").item()).isEqualTo(0, within(1e-8));
  }

  @ParameterizedTest
  @EnumSource
  void theLossIsTheOneComputedByHand(Kind kind) {
    Denoiser silent = (x, t, s) -> new Prediction(kind, x.zerosLike());
    Losses losses = losses(MIN_SNR, silent);
    RandomSource random = new RandomSource(2);
    double[] t = random.integers(1000, 12).toDoubleArray();
    double[] z = random.normal(12, 2, 3, 3).toDoubleArray();
    double[] x = x0.toDoubleArray();
    double weighted = 0;
    double plain = 0;
    for (int e = 0; e < z.length; e++) {
      double a = schedule.alpha(t[e / 18]);
      double s = schedule.sigma(t[e / 18]);
      double snr = a * a / (s * s);
      double target = kind == Kind.EPSILON ? z[e] : kind == Kind.V ? a * z[e] - s * x[e] : x[e];
      double weight =
          Math.min(snr, 5) / (kind == Kind.EPSILON ? snr : kind == Kind.V ? snr + 1 : 1);
      weighted += weight * target * target / z.length;
      plain += target * target / z.length;
    }
    assertThat(losses.of("student").item()).isEqualTo(weighted, within(1e-5));
    assertThat(losses.metrics().get("mse").item()).isEqualTo(plain, within(1e-5));
  }

  @Test
  void evenWeightsGiveThePlainError() {
    Losses losses =
        losses(
            new DiffusionLoss(new LossWeight.Uniform()),
            (x, t, s) -> new Prediction(Kind.V, x.zerosLike()));
    assertThat(losses.of("student").sameAs(losses.metrics().get("mse"))).isTrue();
  }

  @Test
  void weightsStayFiniteWhereNoSignalIsLeft() {
    VpSchedule zero = schedule.zeroTerminalSnr();
    for (Kind kind : Kind.values()) {
      assertThat(MIN_SNR.weight(kind, zero, 999)).isBetween(0.0, 1.0);
    }
  }

  @Test
  void timesCoverTheWholeScheduleEvenly() {
    List<double[]> seen = new ArrayList<>();
    Denoiser watched =
        (x, t, s) -> {
          seen.add(t.toDoubleArray());
          return new Prediction(Kind.EPSILON, x);
        };
    MIN_SNR.losses(
        Tensor.zeros(DType.F32, 20_000, 1, 1, 1),
        DistillationNetworks.alone(watched),
        schedule,
        new RandomSource(3),
        0,
        1);
    int[] counts = new int[10];
    for (double t : seen.get(0)) {
      assertThat(t).isEqualTo(Math.rint(t)).isBetween(0.0, 999.0);
      counts[(int) t / 100]++;
    }
    for (int count : counts) {
      assertThat(count).isBetween(1800, 2200);
    }
  }

  @Test
  void theGradientReachesTheNetwork() {
    Tensor a = Tensor.scalar(0.5).requiresGrad_(true);
    Autograd.backward(
        losses(MIN_SNR, (x, t, s) -> new Prediction(Kind.EPSILON, x.times(a))).of("student"));
    assertThat(Autograd.gradient(a).item()).isNotZero();
  }

  @Test
  void pseudoHuberIsSquaredNearZeroAndAbsoluteFarFromIt() {
    Distance huber = Distance.named("huber", 1e-3);
    Tensor zero = Tensor.of(new float[] {0});
    assertThat(huber.between(Tensor.of(new float[] {2}), zero).item())
        .isEqualTo(Math.sqrt(4 + 1e-6) - 1e-3, within(1e-6));
    assertThat(huber.between(zero, zero).item()).isEqualTo(0, within(1e-9));
    assertThat(Distance.named("l2", 0).between(Tensor.of(new float[] {2, 0}), zero).item())
        .isEqualTo(2);
    assertThat(Distance.named("l1", 0).between(Tensor.of(new float[] {2, -1}), zero).item())
        .isEqualTo(1.5);
    assertThatThrownBy(() -> Distance.named("l3", 1))
        .hasMessage("loss must be one of [l2, l1, huber] but was l3");
    assertThatThrownBy(() -> new Distance.PseudoHuber(0))
        .hasMessage("pseudo-Huber c must be greater than 0 but was 0.0");
  }

  private Losses losses(DiffusionLoss loss, Denoiser d) {
    return loss.losses(x0, DistillationNetworks.alone(d), schedule, new RandomSource(2), 0, 1);
  }
}
