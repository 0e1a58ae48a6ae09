package io.github.tcd4j.diffusion.objective;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.github.tcd4j.diffusion.Denoiser;
import io.github.tcd4j.diffusion.EdmPreconditioning;
import io.github.tcd4j.diffusion.ExactFlow;
import io.github.tcd4j.diffusion.GaussianMixture;
import io.github.tcd4j.diffusion.GuidedDenoiser;
import io.github.tcd4j.diffusion.HeunStep;
import io.github.tcd4j.diffusion.Prediction;
import io.github.tcd4j.diffusion.Prediction.Kind;
import io.github.tcd4j.diffusion.Tcf1;
import io.github.tcd4j.diffusion.Tcf2;
import io.github.tcd4j.diffusion.TrajectoryFunction;
import io.github.tcd4j.diffusion.schedule.KarrasSchedule;
import io.github.tcd4j.diffusion.schedule.NoiseSchedule;
import io.github.tcd4j.diffusion.schedule.VeSchedule;
import io.github.tcd4j.diffusion.schedule.VpSchedule;
import io.github.tcd4j.tensor.Autograd;
import io.github.tcd4j.tensor.RandomSource;
import io.github.tcd4j.tensor.Scope;
import io.github.tcd4j.tensor.Tensor;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Consistency distillation and training in EDM time. */
class ConsistencyTest {
  private static final Distance L2 = new Distance.L2();
  private static final GaussianMixture DATA = GaussianMixture.LINE;
  private static final ExactFlow FLOW = new ExactFlow(DATA);
  private static final double MIN = 0.05;

  private final Scope scope = Scope.open();
  private final VeSchedule ve = new VeSchedule(0.01, 20);
  private final KarrasSchedule grid = new KarrasSchedule(14, MIN, 20);

  @AfterEach
  void free() {
    scope.close();
  }

  @ParameterizedTest
  @MethodSource("solvers")
  void withTheExactFlowTheLossShrinksAtTheOrderOfTheSolver(TrajectoryFunction solver, int order) {
    double wide = Math.sqrt(distilled(solver, 30));
    double narrow = Math.sqrt(distilled(solver, 120));
    assertThat(Math.log(wide / narrow) / Math.log(4)).isEqualTo(order, within(0.4));
  }

  static Stream<Arguments> solvers() {
    return Stream.of(
        Arguments.of(new Tcf1(), 2),
        Arguments.of(new HeunStep(), 3),
        Arguments.of(new Tcf2(Tcf2.Form.DATA, false), 3),
        Arguments.of(new Tcf2(Tcf2.Form.NOISE, false), 3));
  }

  @Test
  void aTeacherThatFollowsTheFlowLeavesNothingToLose() {
    assertThat(distilled(FLOW, 20)).isLessThan(1e-9);
  }

  private double distilled(TrajectoryFunction solver, int scales) {
    Denoiser exact = DATA.denoiser(ve, Kind.X0);
    EdmPreconditioning scaling = new EdmPreconditioning(0.5, MIN);
    // The answer whose consistency function is the exact flow down to MIN.
    Denoiser consistent =
        (y, tau, s) -> {
          Tensor end = FLOW.jump(exact, y, tau, s, ve);
          Tensor one = y.zerosLike().plus(1);
          Tensor share = scaling.consistent(y.zerosLike(), one, tau);
          Tensor own = scaling.consistent(y, y.zerosLike(), tau);
          return new Prediction(Kind.X0, end.minus(own).div(share.maximum(one.times(1e-6))));
        };
    Tensor x0 = DATA.sample(200, new RandomSource(1), 1, 1, 1);
    DistillationNetworks players =
        DistillationNetworks.distil(consistent, GuidedDenoiser.unguided(exact));
    return new Cd(grid.with(scales), 0.5, solver, L2)
        .losses(x0, players, ve, new RandomSource(2), 0, 1)
        .of(Losses.STUDENT)
        .item();
  }

  @ParameterizedTest
  @EnumSource
  void networksOfLatentsAreDistilledWhicheverTheirLanguage(Kind kind) {
    VpSchedule vp = VpSchedule.stableDiffusion();
    Tensor x0 = DATA.sample(64, new RandomSource(1), 1, 1, 1);
    Cd cd = new Cd(grid, 0.5, new HeunStep(), new Distance.L1());
    Denoiser latent = DATA.denoiser(vp, kind);
    double told =
        cd.losses(
                x0,
                DistillationNetworks.distil(latent, GuidedDenoiser.unguided(latent)),
                vp,
                new RandomSource(2),
                0,
                1)
            .of("student")
            .item();
    Denoiser own = DATA.denoiser(ve, Kind.X0);
    double wanted =
        cd.losses(
                x0,
                DistillationNetworks.distil(own, GuidedDenoiser.unguided(own)),
                ve,
                new RandomSource(2),
                0,
                1)
            .of("student")
            .item();
    assertThat(wanted).isGreaterThan(1e-3);
    assertThat(told).isEqualTo(wanted, within(1e-2 * wanted));
  }

  /**
   * Networks that answer a share of their input: 0.9 the student, 0.6 the target, 0.8 the teacher.
   */
  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void theLossAgainstATargetOfItsOwnIsTheOneComputedByHand(boolean latents) {
    int rows = 32;
    Tensor x0 = DATA.sample(rows, new RandomSource(1), 1, 1, 1);
    DistillationNetworks players =
        DistillationNetworks.distil(share(0.9), (y, t, w) -> new Prediction(Kind.X0, y.times(0.8)))
            .withTarget(share(0.6));
    NoiseSchedule schedule = latents ? VpSchedule.stableDiffusion() : ve;
    double loss =
        new Cd(grid, 0.5, new Tcf1(), L2)
            .losses(x0, players, schedule, new RandomSource(2), 0, 1)
            .of(Losses.STUDENT)
            .item();

    RandomSource random = new RandomSource(2);
    double[] i = random.integers(19, rows).toDoubleArray();
    double[] z = random.normal(rows, 1, 1, 1).toDoubleArray();
    double sum = 0;
    for (int b = 0; b < rows; b++) {
      double tau = grid.tau(i[b]);
      double next = grid.tau(i[b] + 1);
      double y = x0.select(0, b).item() + tau * z[b];
      // A network of latents sees x = alpha y.
      double clean = 0.8 * y * (latents ? 1 / Math.hypot(1, tau) : 1);
      double reached = clean + next / tau * (y - clean);
      double d = consistent(0.9, y, tau, latents) - consistent(0.6, reached, next, latents);
      sum += d * d;
    }
    assertThat(loss).isEqualTo(sum / rows, within(1e-4 * sum / rows));
  }

  private static Denoiser share(double factor) {
    return (y, t, s) -> new Prediction(Kind.X0, y.times(factor));
  }

  /** c_skip y + c_out F, with the F that a denoiser without a least tau would have. */
  private static double consistent(double factor, double y, double tau, boolean latents) {
    double x0 = factor * y * (latents ? 1 / Math.hypot(1, tau) : 1);
    double f = (x0 - 0.25 / (tau * tau + 0.25) * y) * Math.hypot(tau, 0.5) / (tau * 0.5);
    double q = tau - MIN;
    return 0.25 / (q * q + 0.25) * y + q * 0.5 / Math.hypot(tau, 0.5) * f;
  }

  @Test
  void trainingComparesTheSamePictureUnderTheSameNoise() {
    int rows = 16;
    Tensor x0 = DATA.sample(rows, new RandomSource(1), 1, 1, 1);
    Denoiser half = (y, t, s) -> new Prediction(Kind.X0, y.times(0.5));
    Ct ct = new Ct(grid, 0.5, new AdaptiveCurriculum(2, 150, 0.95), L2);
    // At the first step there are two times, so that i = 0 in every row.
    double loss =
        ct.losses(
                x0,
                DistillationNetworks.alone(half).withTarget(half),
                ve,
                new RandomSource(2),
                0,
                100)
            .of("student")
            .item();

    RandomSource random = new RandomSource(2);
    random.integers(1, rows);
    double[] z = random.normal(rows, 1, 1, 1).toDoubleArray();
    double sum = 0;
    double share = (14 - MIN) / 14;
    double own = 0.25 / ((14 - MIN) * (14 - MIN) + 0.25) - share * 0.25 / (14 * 14 + 0.25);
    for (int b = 0; b < rows; b++) {
      double clean = x0.select(0, b).item();
      double told = (share * 0.5 + own) * (clean + 14 * z[b]);
      sum += Math.pow(told - (clean + MIN * z[b]), 2);
    }
    assertThat(loss).isEqualTo(sum / rows, within(1e-4 * sum / rows));
  }

  @Test
  void theGradientReachesOnlyTheStudent() {
    Tensor a = Tensor.scalar(0.9).requiresGrad_(true);
    Tensor b = Tensor.scalar(0.8).requiresGrad_(true);
    DistillationNetworks players =
        new DistillationNetworks(
            (y, t, s) -> new Prediction(Kind.X0, y.times(a)),
            (y, t, w) -> new Prediction(Kind.X0, y.times(b)),
            (y, t, s) -> new Prediction(Kind.X0, y.times(b)));
    Tensor x0 = DATA.sample(8, new RandomSource(1), 1, 1, 1);
    Autograd.backward(
        new Cd(grid, 0.5, new HeunStep(), L2)
            .losses(x0, players, ve, new RandomSource(2), 0, 1)
            .of(Losses.STUDENT));
    assertThat(Autograd.gradient(a).item()).isNotZero();
    assertThat(Autograd.hasGradient(b)).isFalse();
  }

  /** Values of the published formula, worked out by hand: sqrt(k/K (151^2 - 4) + 4) - 1. */
  @ParameterizedTest
  @CsvSource({"0, 2", "1, 8", "10, 22", "50, 48", "100, 68", "250, 107", "500, 151"})
  void theCurriculumRefinesTheGrid(long step, int scales) {
    AdaptiveCurriculum curriculum = new AdaptiveCurriculum(2, 150, 0.95);
    assertThat(curriculum.scales(step, 500)).isEqualTo(scales);
    assertThat(curriculum.decay(step, 500))
        .isEqualTo(Math.pow(0.95, 2.0 / (scales - 1)), within(1e-12));
  }

  @Test
  void settingsOutsideTheirRangeAreRefused() {
    assertThatThrownBy(() -> new AdaptiveCurriculum(5, 2, 0.95))
        .hasMessage(
            "a curriculum needs 1 <= s0 <= s1 and mu0 in (0, 1) but they were 5, 2 and 0.95");
    Denoiser d = DATA.denoiser(ve, Kind.X0);
    assertThatThrownBy(
            () ->
                GuidedDenoiser.unguided(d).at(Tensor.scalar(1), Tensor.scalar(1), Tensor.scalar(3)))
        .hasMessageStartingWith("this teacher has no guidance, so w must be 0 but was 3.0");
  }
}
