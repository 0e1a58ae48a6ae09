package io.github.tcd4j.diffusion.objective;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.github.tcd4j.diffusion.Denoiser;
import io.github.tcd4j.diffusion.ExactFlow;
import io.github.tcd4j.diffusion.GaussianMixture;
import io.github.tcd4j.diffusion.GuidedDenoiser;
import io.github.tcd4j.diffusion.HeunStep;
import io.github.tcd4j.diffusion.Prediction;
import io.github.tcd4j.diffusion.Prediction.Kind;
import io.github.tcd4j.diffusion.TrajectoryFunction;
import io.github.tcd4j.diffusion.schedule.KarrasSchedule;
import io.github.tcd4j.diffusion.schedule.NoiseSchedule;
import io.github.tcd4j.diffusion.schedule.PerSample;
import io.github.tcd4j.diffusion.schedule.VeSchedule;
import io.github.tcd4j.diffusion.schedule.VpSchedule;
import io.github.tcd4j.tensor.Autograd;
import io.github.tcd4j.tensor.DType;
import io.github.tcd4j.tensor.RandomSource;
import io.github.tcd4j.tensor.Scope;
import io.github.tcd4j.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class CtmTest {
  private static final GaussianMixture DATA = GaussianMixture.LINE;
  private static final ExactFlow FLOW = new ExactFlow(DATA);
  private static final Distance L2 = new Distance.L2();
  private static final Discriminator JUDGE = x -> List.of(x.times(3), x.times(-1).plus(2));

  private final Scope scope = Scope.open();
  private final VeSchedule ve = new VeSchedule(0.01, 20);
  private final KarrasSchedule grid = new KarrasSchedule(14, 0.05, 20);
  private final Tensor x0 = DATA.sample(32, new RandomSource(1), 1, 1, 1);
  private final Tensor scale = Tensor.scalar(0.9).requiresGrad_(true);
  private final Tensor one = Tensor.scalar(1).requiresGrad_(true);

  @AfterEach
  void free() {
    scope.close();
  }

  @Test
  void anExactStudentOfAnExactTeacherHasNothingToMatch() {
    assertThat(matching(FLOW, 20)).isLessThan(1e-8);
  }

  @Test
  void withTheExactFlowTheMatchingIsTheErrorOfTheSolverAndShrinksWithItsSteps() {
    double wide = matching(new HeunStep(), 10);
    double narrow = matching(new HeunStep(), 40);
    assertThat(wide).isBetween(1e-6, 1e-1);
    // Sums of errors of the third order a step: of the second, so 4^2, and squared 4^4.
    assertThat(narrow).isLessThan(wide / 30);
  }

  private double matching(TrajectoryFunction solver, int scales) {
    Denoiser teacher = DATA.denoiser(ve, Kind.X0);
    DistillationNetworks players =
        new DistillationNetworks(learning(exact()), GuidedDenoiser.unguided(teacher), exact())
            .withLastLayer(one);
    return ctm(grid.with(scales), scales - 1, solver, L2, Ctm.NEVER)
        .losses(x0, players, ve, new RandomSource(2), 0, 1)
        .metrics()
        .get("matching")
        .item();
  }

  /** g(y, t, s) = (x_s - s/t y) / (1 - s/t); at s = t the posterior. */
  private Denoiser exact() {
    Denoiser posterior = DATA.denoiser(ve, Kind.X0);
    return (y, t, s) -> {
      Tensor there = FLOW.jump(posterior, y, t, s, ve);
      Tensor ratio = PerSample.broadcast(s.div(t));
      Tensor g =
          there.minus(ratio.times(y)).div(ratio.neg().plus(1).maximum(y.zerosLike().plus(1e-9)));
      Tensor here = ratio.lessThan(Tensor.scalar(1 - 1e-6));
      return new Prediction(Kind.X0, here.where(g, posterior.at(y, t, s).output()));
    };
  }

  @Test
  void denoisingIsWeighedToTheGradientOfTheMatching() {
    double once = observed("denoising_scale", L2);
    double twice = observed("denoising_scale", (a, b) -> L2.between(a, b).times(2));
    assertThat(once).isBetween(1e-6, 1e4);
    assertThat(twice).isEqualTo(2 * once, within(1e-4 * once));
    Losses losses = lose(L2, Ctm.NEVER, 0);
    Autograd.backward(losses.of(Losses.STUDENT));
    double total = Autograd.gradient(scale).item();
    Autograd.clearGradient(scale);
    Losses heavy = lose((a, b) -> L2.between(a, b).times(5), Ctm.NEVER, 0);
    Autograd.backward(heavy.of(Losses.STUDENT));
    assertThat(total).isNotZero();
    assertThat(Autograd.gradient(scale).item())
        .isEqualTo(5 * total, within(1e-3 * Math.abs(5 * total)));
  }

  private double observed(String name, Distance distance) {
    return lose(distance, Ctm.NEVER, 0).metrics().get(name).item();
  }

  /** CTM, appendix: half of tau lognormal(-1.2, 1.2), half even in the noisier 0.7 of the grid. */
  @Test
  void theDenoisingTermIsTheWeightedErrorAtTimesOfTheTwoDistributions() {
    int rows = 4000;
    List<double[]> asked = new ArrayList<>();
    Denoiser blank =
        (y, t, s) -> {
          asked.add(t.toDoubleArray());
          return new Prediction(Kind.X0, y.times(scale).times(0));
        };
    Tensor twos = Tensor.full(2, DType.F32).plus(Tensor.zeros(DType.F32, rows, 1, 1, 1));
    double denoising =
        ctm(grid, 19, new HeunStep(), L2, Ctm.NEVER)
            .losses(twos, players(blank), ve, new RandomSource(5), 0, 1)
            .metrics()
            .get("denoising")
            .item();

    double[] tau = asked.get(asked.size() - 1);
    // The error is 2, so that its square is 4; sigma_data is 0.5.
    double weighted = Arrays.stream(tau).map(u -> 4 * (u * u + 0.25) / (u * u * 0.25)).sum() / rows;
    assertThat(denoising).isEqualTo(weighted, within(1e-4 * weighted));
    double[] normal = {0.1587, 0.5, 0.8413, 0.9772};
    for (int z = -1; z <= 2; z++) {
      double x = Math.exp(1.2 * z - 1.2);
      double even =
          IntStream.range(0, 10_000).filter(i -> grid.tau(0.7 * i / 10_000 * 19) < x).count() / 1e4;
      double share = Arrays.stream(tau).filter(u -> u < x).count() / (double) rows;
      assertThat(share).as("share below " + x).isCloseTo((normal[z + 1] + even) / 2, within(0.032));
    }
    double middle = grid.tau(0.35 * 19);
    double far = Arrays.stream(tau).filter(u -> u > middle).count() / (double) rows;
    assertThat(far).isBetween(0.25, 0.25 + 0.5 * 0.03 + 0.032);
  }

  @Test
  void fromItsFirstStepOnTheAdversaryJudgesTheStudentAndLearns() {
    assertThat(lose(L2, 10, 9).losses()).containsOnlyKeys(Losses.STUDENT);
    Losses losses = lose(L2, 10, 10);
    assertThat(losses.losses()).containsOnlyKeys(Losses.STUDENT, Losses.DISCRIMINATOR);
    assertThat(losses.metrics().get("adversarial_scale").item()).isBetween(0.01, 10.0);
    assertThat(losses.of(Losses.DISCRIMINATOR).requiresGrad()).isFalse();
    Losses without = lose(L2, Ctm.NEVER, 10);
    double added =
        losses.metrics().get("adversarial").item()
            * losses.metrics().get("adversarial_scale").item();
    assertThat(losses.of("student").item())
        .isEqualTo(without.of("student").item() + added, within(1e-4));
  }

  @ParameterizedTest
  @CsvSource({"0, 10", "1e-9, 10", "1e9, 0.01"})
  void theScaleOfTheAdversaryIsClampedWhereItsGradientVanishesOrExplodes(
      double size, double scale) {
    Discriminator extreme = x -> List.of(x.times(size));
    double observed =
        ctm(grid, 19, new HeunStep(), L2, 0)
            .losses(
                x0, players(student()).withDiscriminator(extreme), ve, new RandomSource(2), 0, 1)
            .metrics()
            .get("adversarial_scale")
            .item();
    assertThat(observed).isEqualTo(scale, within(1e-6));
  }

  @Test
  void theTeacherTakesNStepsWithAProbabilityProportionalToN() {
    int draws = 1500;
    int[] steps = {0};
    TrajectoryFunction counting =
        (d, y, t, s, schedule) -> {
          steps[0]++;
          return y;
        };
    Denoiser half = (y, t, s) -> new Prediction(Kind.X0, y.times(scale));
    Denoiser frozen = (y, t, s) -> new Prediction(Kind.X0, y.times(0.5));
    DistillationNetworks players =
        new DistillationNetworks(half, GuidedDenoiser.unguided(frozen), frozen)
            .withLastLayer(scale);
    Ctm ctm = ctm(grid, 3, counting, L2, Ctm.NEVER);
    RandomSource random = new RandomSource(4);
    int[] counts = new int[4];
    for (int draw = 0; draw < draws; draw++) {
      try (Scope step = Scope.open()) {
        steps[0] = 0;
        ctm.losses(x0.narrow(0, 0, 1), players, ve, random, 0, 1);
        counts[steps[0]]++;
      }
    }
    assertThat(counts[0]).isZero();
    for (int n = 1; n <= 3; n++) {
      double share = n / 6.0;
      double deviation = Math.sqrt(draws * share * (1 - share));
      assertThat((double) counts[n]).isEqualTo(draws * share, within(4 * deviation));
    }
  }

  @Test
  void theHingeHoldsOnlyWithinItsMargin() {
    Tensor real = Tensor.of(new float[] {1, -0.5f}, 2, 1, 1, 1);
    Tensor fake = Tensor.of(new float[] {0.2f, 2}, 2, 1, 1, 1);
    // Heads 3x and 2 - x; of the real max(0, 1 - score): {0, 2.5} and {0, 0}; of the fake
    // max(0, 1 + score): {1.6, 7} and {2.8, 1}.
    assertThat(JUDGE.loss(real, fake).item())
        .isEqualTo((1.25 + 0) / 2 + (4.3 + 1.9) / 2, within(1e-6));
    assertThat(JUDGE.loss(fake).item()).isEqualTo(-(3.3 + 0.9) / 2, within(1e-6));
  }

  @Test
  void theStudentIsSentFromTimesOfTheGridToLessNoisyOnes() {
    List<double[]> asked = new ArrayList<>();
    Denoiser student = student();
    DistillationNetworks players =
        players(
            (y, t, s) -> {
              asked.add(t.toDoubleArray());
              asked.add(s.toDoubleArray());
              return student.at(y, t, s);
            });
    ctm(grid, 19, new HeunStep(), L2, Ctm.NEVER).losses(x0, players, ve, new RandomSource(3), 0, 1);
    double[] u = asked.get(0);
    double[] t = asked.get(2);
    double[] s = asked.get(3);
    assertThat(asked).hasSize(6);
    assertThat(asked.get(1)).isEqualTo(s);
    for (int b = 0; b < t.length; b++) {
      assertThat(u[b]).isLessThan(t[b]);
      assertThat(s[b]).isBetween(0.05 - 1e-6, u[b] + 1e-9);
    }
    assertThat(asked.get(4)).isEqualTo(asked.get(5));
  }

  @ParameterizedTest
  @EnumSource
  void networksOfLatentsAreTrainedWhicheverTheirLanguage(Kind kind) {
    VpSchedule vp = VpSchedule.stableDiffusion();
    Denoiser latent = DATA.denoiser(vp, kind);
    Denoiser own = DATA.denoiser(ve, Kind.X0);
    double told = latents(latent, vp);
    double wanted = latents(own, ve);
    assertThat(wanted).isGreaterThan(1e-4);
    assertThat(told).isEqualTo(wanted, within(2e-2 * wanted));
  }

  private double latents(Denoiser d, NoiseSchedule schedule) {
    DistillationNetworks players =
        new DistillationNetworks(learning(d), GuidedDenoiser.unguided(d), d).withLastLayer(one);
    return ctm(grid, 19, new HeunStep(), L2, Ctm.NEVER)
        .losses(x0, players, schedule, new RandomSource(2), 0, 1)
        .metrics()
        .get("matching")
        .item();
  }

  @Test
  void withoutWhatItNeedsItSaysSo() {
    Denoiser d = student();
    Ctm ctm = ctm(grid, 19, new HeunStep(), L2, 0);
    assertThatThrownBy(
            () ->
                ctm.losses(
                    x0,
                    DistillationNetworks.distil(d, GuidedDenoiser.unguided(d)),
                    ve,
                    new RandomSource(1),
                    0,
                    1))
        .hasMessageEndingWith("give it a target of its own");
    DistillationNetworks bare =
        new DistillationNetworks(d, GuidedDenoiser.unguided(student()), frozen());
    assertThatThrownBy(() -> ctm.losses(x0, bare, ve, new RandomSource(1), 0, 1))
        .hasMessageEndingWith("give it that weight");
    assertThatThrownBy(
            () -> ctm.losses(x0, bare.withLastLayer(scale), ve, new RandomSource(1), 0, 1))
        .hasMessageEndingWith("give it a discriminator");
    assertThatThrownBy(() -> ctm(grid, 20, new HeunStep(), L2, 0))
        .hasMessage("ctm's steps of the teacher must be in [1, 19] but were 20");
  }

  /** The same answers, which a gradient can go through. */
  private Denoiser learning(Denoiser d) {
    return (y, t, s) -> {
      Prediction told = d.at(y, t, s);
      return new Prediction(told.kind(), told.output().times(one));
    };
  }

  private Losses lose(Distance distance, long adversarialFrom, long step) {
    return ctm(grid, 19, new HeunStep(), distance, adversarialFrom)
        .losses(x0, players(student()), ve, new RandomSource(2), step, 100);
  }

  private DistillationNetworks players(Denoiser student) {
    return new DistillationNetworks(
            student, GuidedDenoiser.unguided(DATA.denoiser(ve, Kind.X0)), frozen())
        .withLastLayer(scale)
        .withDiscriminator(JUDGE);
  }

  private Denoiser student() {
    Denoiser posterior = DATA.denoiser(ve, Kind.X0);
    return (y, t, s) -> new Prediction(Kind.X0, posterior.at(y, t, s).output().times(scale));
  }

  private Denoiser frozen() {
    Denoiser posterior = DATA.denoiser(ve, Kind.X0);
    Tensor factor = Tensor.full(0.8, DType.F32);
    return (y, t, s) -> new Prediction(Kind.X0, posterior.at(y, t, s).output().times(factor));
  }

  private static Ctm ctm(
      KarrasSchedule grid, int most, TrajectoryFunction solver, Distance distance, long from) {
    return new Ctm(grid, most, 0.5, GuidanceRange.NONE, solver, distance, from);
  }
}
