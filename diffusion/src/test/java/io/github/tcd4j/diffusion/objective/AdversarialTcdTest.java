package io.github.tcd4j.diffusion.objective;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.github.tcd4j.diffusion.Denoiser;
import io.github.tcd4j.diffusion.Prediction;
import io.github.tcd4j.diffusion.Prediction.Kind;
import io.github.tcd4j.diffusion.schedule.VpSchedule;
import io.github.tcd4j.tensor.Autograd;
import io.github.tcd4j.tensor.RandomSource;
import io.github.tcd4j.tensor.Scope;
import io.github.tcd4j.tensor.Tensor;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class AdversarialTcdTest {
  private static final int ROWS = 16;
  private static final Tcd TCD = Tcd.tcf1(GuidedStep.ddim(20, 1, 3, new Distance.L2()));
  private static final Discriminator JUDGE = x -> List.of(x.times(3), x.times(-1).plus(2));

  private final Scope scope = Scope.open();
  private final VpSchedule schedule = VpSchedule.stableDiffusion();
  private final Tensor x0 = new RandomSource(1).normal(ROWS, 1, 1, 1);
  private final Tensor scale = Tensor.scalar(0.9).requiresGrad_(true);

  @AfterEach
  void free() {
    scope.close();
  }

  /** The student's estimate of the clean latents is a multiple of the noisy ones. */
  private DistillationNetworks players(Discriminator judge) {
    Denoiser student = (x, t, s) -> new Prediction(Kind.X0, x.times(scale));
    Denoiser other = (x, t, s) -> new Prediction(Kind.X0, x.times(0.5));
    return new DistillationNetworks(
            student, (x, t, w) -> new Prediction(Kind.X0, x.times(0.5)), other)
        .withLastLayer(scale)
        .withDiscriminator(judge);
  }

  private Losses losses(Objective objective, Discriminator judge, long step) {
    return objective.losses(x0, players(judge), schedule, new RandomSource(2), step, 10);
  }

  private double gradient(Losses losses) {
    Autograd.clearGradient(scale);
    Autograd.backward(losses.of(Losses.STUDENT));
    return Autograd.gradient(scale).item();
  }

  @Test
  void beforeItsFirstStepItIsTcd() {
    Losses plain = losses(TCD, JUDGE, 4);
    Losses before = losses(new AdversarialTcd(TCD, 5), JUDGE, 4);
    assertThat(before.losses()).containsOnlyKeys(Losses.STUDENT);
    assertThat(before.metrics()).isEmpty();
    assertThat(before.of("student").item()).isEqualTo(plain.of("student").item());
  }

  @Test
  void theStudentIsJudgedByItsJumpsToTheCleanEnd() {
    Losses losses = losses(new AdversarialTcd(TCD, 5), JUDGE, 5);
    // The draws of TCD (i, z, w, s), then t, z and w of the judged jumps.
    RandomSource random = new RandomSource(2);
    random.integers(50, ROWS);
    random.normal(ROWS, 1, 1, 1);
    random.uniform(0, 1, ROWS);
    random.uniform(0, 1, ROWS);
    double[] i = random.integers(50, ROWS).toDoubleArray();
    double[] z = random.normal(ROWS, 1, 1, 1).toDoubleArray();
    double[] real = x0.toDoubleArray();
    double score = 0;
    double hinge = 0;
    double slope = 0;
    for (int b = 0; b < ROWS; b++) {
      double t = 20 * (i[b] + 1) - 1;
      double x = schedule.alpha(t) * real[b] + schedule.sigma(t) * z[b];
      double estimate = 0.9 * x;
      double noise = (x - schedule.alpha(t) * estimate) / schedule.sigma(t);
      double clean = schedule.alpha(0) * estimate + schedule.sigma(0) * noise;
      score += (3 * clean + 2 - clean) / 2 / ROWS;
      slope +=
          (3 - 1)
              * x
              * (schedule.alpha(0) - schedule.sigma(0) * schedule.alpha(t) / schedule.sigma(t))
              / 2
              / ROWS;
      hinge += (Math.max(0, 1 - 3 * real[b]) + Math.max(0, 1 - (2 - real[b]))) / 2 / ROWS;
      hinge += (Math.max(0, 1 + 3 * clean) + Math.max(0, 1 + 2 - clean)) / 2 / ROWS;
    }
    assertThat(losses.metrics().get("adversarial").item()).isEqualTo(-score, within(1e-4));
    assertThat(losses.of(Losses.DISCRIMINATOR).item()).isEqualTo(hinge, within(1e-4));
    assertThat(losses.of(Losses.DISCRIMINATOR).requiresGrad()).isFalse();
    double force = losses.metrics().get("adversarial_scale").item();
    Losses plain = losses(TCD, JUDGE, 5);
    assertThat(losses.of("student").item())
        .isEqualTo(plain.of("student").item() - force * score, within(1e-4));
    double own = gradient(plain);
    assertThat(force).isEqualTo(Math.abs(own / slope), within(1e-3 * force));
    assertThat(gradient(losses)).isEqualTo(own - force * slope, within(1e-4));
  }

  @ParameterizedTest
  @CsvSource({"0, 10", "1e-9, 10", "1e9, 0.01"})
  void itsScaleIsClampedWhereItsGradientVanishesOrExplodes(double size, double force) {
    Losses losses = losses(new AdversarialTcd(TCD, 0), x -> List.of(x.times(size)), 0);
    assertThat(losses.metrics().get("adversarial_scale").item()).isEqualTo(force, within(1e-6));
  }
}
