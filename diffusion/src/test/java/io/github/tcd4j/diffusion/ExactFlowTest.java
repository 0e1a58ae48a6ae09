package io.github.tcd4j.diffusion;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.github.tcd4j.diffusion.schedule.PerSample;
import io.github.tcd4j.diffusion.schedule.VeSchedule;
import io.github.tcd4j.diffusion.schedule.VpSchedule;
import io.github.tcd4j.tensor.RandomSource;
import io.github.tcd4j.tensor.Scope;
import io.github.tcd4j.tensor.Tensor;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** The map that the other tests take for the truth is one. */
class ExactFlowTest {
  private static final Denoiser NOT_ASKED =
      (x, t, s) -> {
        throw new AssertionError("the exact flow asks no network");
      };

  private final Scope scope = Scope.inference();
  private final VpSchedule schedule = VpSchedule.stableDiffusion();
  private final ExactFlow flow = new ExactFlow(GaussianMixture.PLANE);

  @AfterEach
  void free() {
    scope.close();
  }

  @Test
  void onTheLineItIsTheFlowByFineSteps() {
    Tensor x = new RandomSource(1).normal(6, 1, 1, 1);
    Tensor t = Tensor.of(new float[] {999, 799, 599, 399, 199, 39});
    Tensor s = Tensor.of(new float[] {0, 19, 598.5f, 100, 0, 0});
    ExactFlow line = new ExactFlow(GaussianMixture.LINE);
    double[] told = line.jump(NOT_ASKED, x, t, s, schedule).toDoubleArray();
    for (int b = 0; b < 6; b++) {
      double wanted =
          GaussianMixture.LINE.flow(
              x.select(0, b).item(), schedule.lambda(t.item(b)), schedule.lambda(s.item(b)));
      assertThat(told[b]).isEqualTo(wanted, within(2e-6));
    }
  }

  @Test
  void itIsConsistentWithItself() {
    Tensor x = new RandomSource(2).normal(5, 2, 1, 1);
    Tensor t = Tensor.of(new float[] {999, 999, 700, 500, 300});
    Tensor u = Tensor.of(new float[] {900, 400, 699, 250.5f, 10});
    Tensor s = Tensor.of(new float[] {500, 0, 1, 250.5f, 0});
    Tensor between = flow.jump(NOT_ASKED, x, t, u, schedule);
    Tensor bySteps = flow.jump(NOT_ASKED, between, u, s, schedule);
    Tensor atOnce = flow.jump(NOT_ASKED, x, t, s, schedule);
    assertThat(bySteps.toDoubleArray()).containsExactly(atOnce.toDoubleArray(), within(2e-6));
  }

  @Test
  void inExplodingCoordinatesItIsTheSameTrajectory() {
    VeSchedule ve = new VeSchedule(0.01, 20);
    Tensor x = new RandomSource(3).normal(3, 2, 1, 1);
    Tensor t = Tensor.of(new float[] {999, 500, 200});
    Tensor s = Tensor.of(new float[] {300, 0, 199});
    Tensor there = flow.jump(NOT_ASKED, x, t, s, schedule).div(schedule.alpha(s));
    Tensor tau = Tensor.of(tau(t));
    Tensor tauS = Tensor.of(tau(s));
    Tensor told = flow.jump(NOT_ASKED, x.div(schedule.alpha(t)), tau, tauS, ve);
    assertThat(told.toDoubleArray()).containsExactly(there.toDoubleArray(), within(2e-5));
  }

  @Test
  void itTakesTheMarginalOfOneTimeToThatOfAnother() {
    int rows = 3000;
    RandomSource random = new RandomSource(4);
    Tensor x0 = GaussianMixture.PLANE.sample(rows, random, 2, 1, 1);
    Tensor z = random.normal(rows, 2, 1, 1);
    Tensor t = PerSample.same(600, x0);
    Tensor s = PerSample.same(100, x0);
    Tensor told = flow.jump(NOT_ASKED, schedule.diffuse(x0, z, t), t, s, schedule);
    Tensor wanted = schedule.diffuse(x0, z, s);
    for (int j = 0; j < 2; j++) {
      Tensor a = told.select(1, j);
      Tensor b = wanted.select(1, j);
      assertThat(a.mean().item()).isEqualTo(b.mean().item(), within(0.04));
      assertThat(a.square().mean().item()).isEqualTo(b.square().mean().item(), within(0.06));
      assertThat(a.square().square().mean().item())
          .isEqualTo(b.square().square().mean().item(), within(0.25));
    }
  }

  private float[] tau(Tensor t) {
    float[] taus = new float[(int) t.numel()];
    for (int b = 0; b < taus.length; b++) {
      taus[b] = (float) schedule.tau(t.item(b));
    }
    return taus;
  }
}
