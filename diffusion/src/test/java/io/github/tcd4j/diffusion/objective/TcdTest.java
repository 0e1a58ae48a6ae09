package io.github.tcd4j.diffusion.objective;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.github.tcd4j.diffusion.Denoiser;
import io.github.tcd4j.diffusion.GaussianMixture;
import io.github.tcd4j.diffusion.GuidedDenoiser;
import io.github.tcd4j.diffusion.Prediction;
import io.github.tcd4j.diffusion.Prediction.Kind;
import io.github.tcd4j.diffusion.Tcf1;
import io.github.tcd4j.diffusion.Tcf2;
import io.github.tcd4j.diffusion.schedule.PerSample;
import io.github.tcd4j.diffusion.schedule.VpSchedule;
import io.github.tcd4j.tensor.Autograd;
import io.github.tcd4j.tensor.DType;
import io.github.tcd4j.tensor.Engine;
import io.github.tcd4j.tensor.RandomSource;
import io.github.tcd4j.tensor.Scope;
import io.github.tcd4j.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class TcdTest {
  private static final Distance L2 = new Distance.L2();

  private final Scope scope = Scope.open();
  private final VpSchedule schedule = VpSchedule.stableDiffusion();
  private final GaussianMixture cond = GaussianMixture.LINE;
  private final GaussianMixture uncond = GaussianMixture.single(0.1, 1.2);

  @AfterEach
  void free() {
    scope.close();
  }

  @ParameterizedTest
  @EnumSource
  void theLossIsTheOneComputedByHand(Kind kind) {
    int rows = 24;
    Tensor x0 = new RandomSource(1).normal(rows, 1, 1, 1);
    DistillationNetworks players =
        new DistillationNetworks(student(kind), teacher(kind), target(kind));
    double loss =
        Tcd.tcf1(GuidedStep.ddim(20, 1, 7, L2))
            .losses(x0, players, schedule, new RandomSource(2), 0, 1)
            .of(Losses.STUDENT)
            .item();

    Draws draws = new Draws(new RandomSource(2), rows);
    double[] u = draws.random.uniform(0, 1, rows).toDoubleArray();
    double sum = 0;
    for (int b = 0; b < rows; b++) {
      double t = 20 * (draws.i[b] + 1) - 1;
      double tn = Math.max(t - 20, 0);
      double s = Math.max(20 * Math.floor(u[b] * (draws.i[b] + 1)) - 1, 0);
      double w = 1 + 6 * draws.w[b];
      double x = schedule.alpha(t) * x0.select(0, b).item() + schedule.sigma(t) * draws.z[b];
      double guided = x0(cond, x, t) + w * (x0(cond, x, t) - x0(uncond, x, t));
      double xn = jump(guided, x, t, tn);
      double told = jump(0.9 * x0(cond, x, t), x, t, s);
      double wanted = jump(0.8 * x0(cond, xn, tn), xn, tn, s);
      sum += (told - wanted) * (told - wanted);
    }
    assertThat(loss).isEqualTo(sum / rows, within(2e-4 * Math.max(1, sum / rows)));
  }

  @Test
  void whereTheDestinationIsTheTeachersTheTargetIsTheTeachersOwnStep() {
    Tensor x0 = new RandomSource(1).normal(16, 1, 1, 1);
    // One step of the grid spans the whole schedule, so that s = t_n = 0 in every row.
    Tcd tcd = Tcd.tcf1(GuidedStep.ddim(1000, 3, 3, L2));
    Denoiser guided = teacher(Kind.EPSILON).with(Tensor.full(3, DType.F32, 16));
    DistillationNetworks asTeacher =
        new DistillationNetworks(guided, teacher(Kind.EPSILON), untouched());
    double loss =
        tcd.losses(x0, asTeacher, schedule, new RandomSource(2), 0, 1).of("student").item();
    assertThat(loss).isEqualTo(0, within(1e-8));
    DistillationNetworks plain =
        new DistillationNetworks(student(Kind.EPSILON), teacher(Kind.EPSILON), untouched());
    assertThat(tcd.losses(x0, plain, schedule, new RandomSource(2), 0, 1).of("student").item())
        .isGreaterThan(1e-3);
  }

  /** What the target says does not matter: a jump from t_n to itself leaves x. */
  @Test
  void sentToTheTeachersNextTimeTheStudentLearnsTheTeachersGuidedStepAlone() {
    int rows = 24;
    Tensor x0 = new RandomSource(1).normal(rows, 1, 1, 1);
    Tcd tcd = new Tcd(GuidedStep.ddim(20, 3, 3, L2), new Tcf1(), new Destinations.Next());
    Denoiser guided = teacher(Kind.EPSILON).with(Tensor.full(3, DType.F32, rows));
    DistillationNetworks asTeacher =
        new DistillationNetworks(guided, teacher(Kind.EPSILON), target(Kind.X0));
    assertThat(tcd.losses(x0, asTeacher, schedule, new RandomSource(2), 0, 1).of("student").item())
        .isEqualTo(0, within(1e-9));
    DistillationNetworks other =
        new DistillationNetworks(student(Kind.X0), teacher(Kind.EPSILON), target(Kind.X0));
    double loss =
        tcd.losses(x0, other, schedule, new RandomSource(2), 0, 1).of(Losses.STUDENT).item();
    Draws draws = new Draws(new RandomSource(2), rows);
    double sum = 0;
    for (int b = 0; b < rows; b++) {
      double t = 20 * (draws.i[b] + 1) - 1;
      double tn = Math.max(t - 20, 0);
      double x = schedule.alpha(t) * x0.select(0, b).item() + schedule.sigma(t) * draws.z[b];
      double step = x0(cond, x, t) + 3 * (x0(cond, x, t) - x0(uncond, x, t));
      double d = jump(0.9 * x0(cond, x, t), x, t, tn) - jump(step, x, t, tn);
      sum += d * d;
    }
    assertThat(loss).isEqualTo(sum / rows, within(2e-3 * sum / rows)).isGreaterThan(1e-5);
  }

  /**
   * Time 0 of the usual schedules has some noise left, sigma 0.029, which the jump keeps and the
   * consistency function does not: where there is none, both are one.
   */
  @Test
  void sentToTheCleanEndItIsLatentConsistencyDistillationWhereThatEndHasNoNoise() {
    float[] betas = new float[1000];
    betas[0] = 1e-7f;
    for (int t = 1; t < betas.length; t++) {
      betas[t] = (float) (1 - schedule.abar(t) / schedule.abar(t - 1));
    }
    VpSchedule clean = VpSchedule.ofBetas(betas);
    Denoiser exact = cond.denoiser(clean, Kind.X0);
    Denoiser empty = uncond.denoiser(clean, Kind.X0);
    GuidedDenoiser teacher =
        (x, t, w) -> {
          Tensor with = exact.at(x, t, t).output();
          Tensor without = empty.at(x, t, t).output();
          return new Prediction(
              Kind.X0, with.plus(with.minus(without).times(PerSample.broadcast(w))));
        };
    GuidedStep step = GuidedStep.ddim(20, 1, 7, new Distance.PseudoHuber(1e-3));
    List<Objective> objectives =
        List.of(new Tcd(step, new Tcf1(), new Destinations.Clean()), Lcm.of(step), Tcd.tcf1(step));
    Tensor x0 = new RandomSource(1).normal(64, 1, 1, 1);
    Tensor a = Tensor.scalar(0.9).requiresGrad_(true);
    List<double[]> found = new ArrayList<>();
    for (Objective objective : objectives) {
      Autograd.clearGradient(a);
      DistillationNetworks own = DistillationNetworks.distil(scaled(exact, a), teacher);
      Tensor loss = objective.losses(x0, own, clean, new RandomSource(2), 0, 1).of(Losses.STUDENT);
      Autograd.backward(loss);
      found.add(new double[] {loss.item(), Autograd.gradient(a).item()});
    }
    for (int j = 0; j < 2; j++) {
      double lcm = found.get(1)[j];
      assertThat(found.get(0)[j]).isEqualTo(lcm, within(3e-3 * Math.abs(lcm)));
      assertThat(found.get(2)[j]).isNotCloseTo(lcm, within(0.05 * Math.abs(lcm)));
    }
  }

  @Test
  void studentAndTargetAreSentToOneDestinationAnywhereOnTheSkippedGrid() {
    int rows = 20_000;
    List<double[]> student = new ArrayList<>();
    List<double[]> target = new ArrayList<>();
    DistillationNetworks players =
        new DistillationNetworks(
            (x, t, s) -> {
              student.add(t.toDoubleArray());
              student.add(s.toDoubleArray());
              return new Prediction(Kind.X0, x);
            },
            (x, t, w) -> new Prediction(Kind.X0, x),
            (x, t, s) -> {
              target.add(t.toDoubleArray());
              target.add(s.toDoubleArray());
              return new Prediction(Kind.X0, x);
            });
    Tcd.tcf1(GuidedStep.ddim(20, 1, 7, L2))
        .losses(zeros(rows), players, schedule, new RandomSource(3), 0, 1);
    double[] t = student.get(0);
    double[] s = student.get(1);
    assertThat(target.get(1)).isEqualTo(s);
    int[] starts = new int[50];
    int[] ends = new int[10];
    int fromNine = 0;
    for (int b = 0; b < rows; b++) {
      int i = (int) ((t[b] + 1) / 20) - 1;
      starts[i]++;
      assertThat(target.get(0)[b]).isEqualTo(Math.max(t[b] - 20, 0));
      assertThat(s[b]).isBetween(0.0, target.get(0)[b]);
      assertThat(s[b] == 0 || (s[b] + 1) % 20 == 0).isTrue();
      if (i == 9) {
        ends[(int) ((s[b] + 1) / 20)]++;
        fromNine++;
      }
    }
    for (int count : starts) {
      assertThat(count).isBetween(300, 500);
    }
    for (int count : ends) {
      assertThat(count).isBetween(fromNine / 10 - 30, fromNine / 10 + 30);
    }
  }

  @Test
  void guidanceIsDrawnForEachRowWithinItsRange() {
    List<double[]> seen = new ArrayList<>();
    DistillationNetworks players =
        new DistillationNetworks(
            (x, t, s) -> new Prediction(Kind.X0, x),
            (x, t, w) -> {
              seen.add(w.toDoubleArray());
              return new Prediction(Kind.X0, x);
            },
            (x, t, s) -> new Prediction(Kind.X0, x));
    Tcd.tcf1(GuidedStep.ddim(20, 1, 7, L2))
        .losses(zeros(5000), players, schedule, new RandomSource(4), 0, 1);
    double sum = 0;
    for (double w : seen.get(0)) {
      assertThat(w).isBetween(1.0, 7.0);
      sum += w;
    }
    assertThat(sum / 5000).isEqualTo(4, within(0.1));
  }

  @Test
  void theGradientReachesOnlyTheStudent() {
    Tensor a = Tensor.scalar(0.9).requiresGrad_(true);
    Tensor b = Tensor.scalar(1).requiresGrad_(true);
    Tensor c = Tensor.scalar(0.8).requiresGrad_(true);
    DistillationNetworks players =
        new DistillationNetworks(
            scaled(cond.denoiser(schedule, Kind.X0), a),
            (x, t, w) -> scaled(cond.denoiser(schedule, Kind.X0), b).at(x, t, t),
            scaled(cond.denoiser(schedule, Kind.X0), c));
    Tensor x0 = new RandomSource(1).normal(8, 1, 1, 1);
    Autograd.backward(
        Tcd.tcf1(GuidedStep.ddim(20, 1, 7, new Distance.PseudoHuber(1e-3)))
            .losses(x0, players, schedule, new RandomSource(2), 0, 1)
            .of(Losses.STUDENT));
    assertThat(Autograd.gradient(a).item()).isNotZero();
    assertThat(Autograd.hasGradient(b)).isFalse();
    assertThat(Autograd.hasGradient(c)).isFalse();
  }

  @Test
  void aStudentThatIsItsOwnTargetLearnsThroughOneSideOnly() {
    Tensor a = Tensor.scalar(0.9).requiresGrad_(true);
    Denoiser student = scaled(cond.denoiser(schedule, Kind.X0), a);
    Tensor x0 = new RandomSource(1).normal(8, 1, 1, 1);
    Tcd tcd = Tcd.tcf1(GuidedStep.ddim(20, 1, 7, L2));
    DistillationNetworks own = DistillationNetworks.distil(student, teacher(Kind.X0));
    Autograd.backward(tcd.losses(x0, own, schedule, new RandomSource(2), 0, 1).of("student"));
    double gradient = Autograd.gradient(a).item();
    Autograd.clearGradient(a);
    DistillationNetworks frozen =
        new DistillationNetworks(
            student,
            teacher(Kind.X0),
            scaled(cond.denoiser(schedule, Kind.X0), Tensor.scalar(0.9)));
    Autograd.backward(tcd.losses(x0, frozen, schedule, new RandomSource(2), 0, 1).of("student"));
    assertThat(Autograd.gradient(a).item()).isEqualTo(gradient, within(1e-6));
  }

  @Test
  void ofOrderTwoTheGradientComesThroughBothAnswersOfTheStudent() {
    Tensor first = Tensor.scalar(0.9).requiresGrad_(true);
    Tensor second = Tensor.scalar(0.9).requiresGrad_(true);
    Autograd.backward(orderTwo(first, second));
    assertThat(Autograd.gradient(first).item()).isNotZero();
    assertThat(Autograd.gradient(second).item()).isNotZero();
    double step = 1e-2;
    double slope =
        (orderTwo(Tensor.scalar(0.9 + step), second).item()
                - orderTwo(Tensor.scalar(0.9 - step), second).item())
            / (2 * step);
    assertThat(Autograd.gradient(first).item()).isEqualTo(slope, within(2e-3 * Math.abs(slope)));
    slope =
        (orderTwo(first, Tensor.scalar(0.9 + step)).item()
                - orderTwo(first, Tensor.scalar(0.9 - step)).item())
            / (2 * step);
    assertThat(Autograd.gradient(second).item()).isEqualTo(slope, within(2e-3 * Math.abs(slope)));
  }

  /** The loss with TCF(2), the student's answers at t and at the stop between scaled apart. */
  private Tensor orderTwo(Tensor first, Tensor second) {
    Denoiser exact = cond.denoiser(schedule, Kind.X0);
    int[] asked = {0};
    Denoiser student = (x, t, s) -> scaled(exact, asked[0]++ == 0 ? first : second).at(x, t, s);
    DistillationNetworks players =
        new DistillationNetworks(student, teacher(Kind.X0), target(Kind.X0));
    Tensor x0 = new RandomSource(1).normal(8, 1, 1, 1);
    Tcd tcd = new Tcd(GuidedStep.ddim(20, 1, 7, L2), new Tcf2());
    return tcd.losses(x0, players, schedule, new RandomSource(2), 0, 1).of(Losses.STUDENT);
  }

  @Test
  void theSameRandomnessGivesTheSameLoss() {
    Tensor x0 = new RandomSource(1).normal(8, 1, 1, 1);
    Tcd tcd = Tcd.tcf1(GuidedStep.ddim(20, 1, 7, L2));
    DistillationNetworks players =
        new DistillationNetworks(student(Kind.V), teacher(Kind.V), target(Kind.V));
    Tensor once = tcd.losses(x0, players, schedule, new RandomSource(5), 0, 1).of("student");
    Tensor again = tcd.losses(x0, players, schedule, new RandomSource(5), 7, 9).of("student");
    assertThat(again.sameAs(once)).isTrue();
  }

  @Test
  void noNativeObjectOutlivesTheScopeOfAStep() {
    Tensor x0 = new RandomSource(1).normal(8, 1, 1, 1);
    Tcd tcd = Tcd.tcf1(GuidedStep.ddim(20, 1, 7, L2));
    DistillationNetworks players =
        new DistillationNetworks(student(Kind.V), teacher(Kind.V), target(Kind.V));
    RandomSource random = new RandomSource(5);
    long before = Engine.settledObjects();
    for (int i = 0; i < 20; i++) {
      try (Scope step = Scope.open()) {
        tcd.losses(x0, players, schedule, random, i, 20);
      }
    }
    assertThat(Engine.liveObjects()).isEqualTo(before);
  }

  @Test
  void settingsOutsideTheirRangeAreRefused() {
    assertThatThrownBy(() -> GuidedStep.ddim(0, 1, 7, L2))
        .hasMessage("skip must be at least 1 but was 0");
    assertThatThrownBy(() -> GuidedStep.ddim(20, 7, 1, L2))
        .hasMessage("guidance must satisfy w_min <= w_max but was 7.0 to 1.0");
    assertThatThrownBy(
            () ->
                Tcd.tcf1(GuidedStep.ddim(1001, 1, 7, L2))
                    .losses(
                        zeros(1),
                        DistillationNetworks.alone(untouched()),
                        schedule,
                        new RandomSource(1),
                        0,
                        1))
        .hasMessage("skip must be in [1, 1000] but was 1001");
    assertThatThrownBy(
            () ->
                Tcd.tcf1(GuidedStep.ddim(20, 1, 7, L2))
                    .losses(
                        zeros(1),
                        DistillationNetworks.alone(untouched()),
                        schedule,
                        new RandomSource(1),
                        0,
                        1))
        .hasMessage("this objective distils: give it a teacher");
  }

  /** The draws that all guided distillation makes, in their documented order. */
  static final class Draws {
    final RandomSource random;
    final double[] i;
    final double[] z;
    final double[] w;

    Draws(RandomSource random, int rows) {
      this.random = random;
      i = random.integers(50, rows).toDoubleArray();
      z = random.normal(rows, 1, 1, 1).toDoubleArray();
      w = random.uniform(0, 1, rows).toDoubleArray();
    }
  }

  private double jump(double x0, double x, double t, double s) {
    double eps = (x - schedule.alpha(t) * x0) / schedule.sigma(t);
    return schedule.alpha(s) * x0 + schedule.sigma(s) * eps;
  }

  private double x0(GaussianMixture data, double x, double t) {
    return data.x0(x, schedule.alpha(t), schedule.sigma(t));
  }

  private Denoiser student(Kind kind) {
    return shrunk(kind, 0.9);
  }

  private Denoiser target(Kind kind) {
    return shrunk(kind, 0.8);
  }

  /** The mixture's posterior, its x0 multiplied by {@code factor}, told in any language. */
  private Denoiser shrunk(Kind kind, double factor) {
    Denoiser exact = cond.denoiser(schedule, Kind.X0);
    return (x, t, s) -> {
      Tensor x0 = exact.at(x, t, s).output().times(factor);
      Tensor alpha = schedule.alpha(t);
      Tensor sigma = schedule.sigma(t);
      Tensor eps = x.minus(alpha.times(x0)).div(sigma);
      return new Prediction(kind, kind.target(x0, eps, alpha, sigma));
    };
  }

  private GuidedDenoiser teacher(Kind kind) {
    Denoiser c = cond.denoiser(schedule, kind);
    Denoiser u = uncond.denoiser(schedule, kind);
    return (x, t, w) -> {
      Tensor with = c.at(x, t, t).output();
      Tensor without = u.at(x, t, t).output();
      return new Prediction(kind, with.plus(with.minus(without).times(PerSample.broadcast(w))));
    };
  }

  private static Denoiser scaled(Denoiser d, Tensor factor) {
    return (x, t, s) -> {
      Prediction p = d.at(x, t, s);
      return new Prediction(p.kind(), p.output().times(factor));
    };
  }

  /** At s = t_n whatever the target network says is ignored. */
  private static Denoiser untouched() {
    return (x, t, s) -> new Prediction(Kind.EPSILON, x.times(17));
  }

  private static Tensor zeros(int rows) {
    return Tensor.zeros(DType.F32, rows, 1, 1, 1);
  }
}
