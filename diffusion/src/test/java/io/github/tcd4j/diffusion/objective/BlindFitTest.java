package io.github.tcd4j.diffusion.objective;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.tcd4j.diffusion.Denoiser;
import io.github.tcd4j.diffusion.ExactFlow;
import io.github.tcd4j.diffusion.GaussianMixture;
import io.github.tcd4j.diffusion.Prediction;
import io.github.tcd4j.diffusion.Prediction.Kind;
import io.github.tcd4j.diffusion.Tcf1;
import io.github.tcd4j.diffusion.schedule.PerSample;
import io.github.tcd4j.diffusion.schedule.VpSchedule;
import io.github.tcd4j.tensor.RandomSource;
import io.github.tcd4j.tensor.Scope;
import io.github.tcd4j.tensor.Tensor;
import org.junit.jupiter.api.Test;

/**
 * What a network that does not see s can reach at best with TCF(1). Of all x0 the one that misses
 * the exact flow's points x_s least, over the destinations s of its training, is
 *
 * <pre>
 *   F = sum g (x_s - r x) / sum g^2      r = sigma_s / sigma_t,  g = alpha_s - r alpha_t
 * </pre>
 */
class BlindFitTest {
  private static final GaussianMixture DATA = GaussianMixture.PLANE;
  private static final ExactFlow FLOW = new ExactFlow(DATA);

  /** Every fifth destination of the skipped grid: enough for the mean. */
  private static final int STRIDE = 100;

  private final VpSchedule schedule = VpSchedule.stableDiffusion();

  @Test
  void aBlindNetworkCannotFollowTheFlowButComesCloserThanItsTeacher() {
    try (Scope scope = Scope.inference()) {
      double teacher = distance(DATA.denoiser(schedule, Kind.X0));
      double fit = distance(this::fit);
      assertThat(teacher).isBetween(0.26, 0.30);
      // PlaneTrainingTest holds its students within 1.2 times this.
      assertThat(fit).isBetween(0.13, 0.15);
    }
  }

  /** Root mean square distance to the exact flow after four jumps. */
  private double distance(Denoiser d) {
    double[] times = {999, 759, 499, 259, 0};
    Tensor x = new RandomSource(3).normal(100, 2, 1, 1);
    Tensor wanted = FLOW.jump(d, x, PerSample.same(999, x), PerSample.same(0, x), schedule);
    for (int n = 0; n + 1 < times.length; n++) {
      x = new Tcf1().jump(d, x, schedule.at(times[n]), schedule.at(times[n + 1]), schedule);
    }
    return Math.sqrt(x.minus(wanted).square().mean().item());
  }

  private Prediction fit(Tensor x, Tensor t, Tensor ignored) {
    double from = t.item(0);
    double weight = 0;
    Tensor sum = x.zerosLike();
    for (double s = 0; s < from; s += STRIDE) {
      double r = schedule.sigma(s) / schedule.sigma(from);
      double g = schedule.alpha(s) - r * schedule.alpha(from);
      Tensor there = FLOW.jump(this::fit, x, t, PerSample.same(s, x), schedule);
      sum = sum.plus(there.minus(x.times(r)), g);
      weight += g * g;
    }
    return new Prediction(Kind.X0, sum.div(weight));
  }
}
