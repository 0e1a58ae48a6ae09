package io.github.tcd4j.training.distill;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.github.tcd4j.diffusion.Denoiser;
import io.github.tcd4j.diffusion.Prediction;
import io.github.tcd4j.diffusion.schedule.VpSchedule;
import io.github.tcd4j.tensor.DType;
import io.github.tcd4j.tensor.RandomSource;
import io.github.tcd4j.tensor.Scope;
import io.github.tcd4j.tensor.Tensor;
import io.github.tcd4j.training.recipe.Recipes;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** The teacher knows one picture, whose trajectories one step follows as well as many do. */
class JumpErrorTest {
  private static final double OFF = 0.5;

  private final Scope scope = Scope.inference();
  private final VpSchedule schedule = VpSchedule.stableDiffusion();
  private final Tensor x0 = new RandomSource(1).normal(3, 2, 4, 4);
  private final Tensor noise = new RandomSource(2).normal(3, 2, 4, 4);

  @AfterEach
  void free() {
    scope.close();
  }

  /** x0 = w + 1, the guidance in the middle of 2 and 8, which student and teacher hear. */
  private static Denoiser saying(double off, Tensor w) {
    return new Denoiser() {
      @Override
      public Prediction at(Tensor x, Tensor t, Tensor s) {
        Tensor clean = x.zerosLike().plus(w.reshape(w.size(0), 1, 1, 1)).plus(1 + off);
        return new Prediction(Prediction.Kind.X0, clean);
      }

      @Override
      public Denoiser withGuidance(Tensor other) {
        return saying(off, other);
      }
    };
  }

  private Map<String, Double> errors(String recipe, double off) throws IOException {
    Path file = Path.of("src/test/resources/recipes", recipe + ".yaml");
    DistillationConfig how =
        Recipes.settings(Recipes.read(file, List.of()), DistillTask.Settings.class).objective();
    Tensor deaf = Tensor.full(-9, DType.F32, 3);
    JumpError jumps = new JumpError(how, schedule);
    Map<String, Double> first =
        jumps.of(saying(off, deaf), (x, t, w) -> saying(0, w).at(x, t, t), x0, noise);
    Map<String, Double> second =
        jumps.of(
            saying(off, deaf),
            (x, t, w) -> {
              throw new IllegalStateException("the teacher's ends are kept");
            },
            x0,
            noise);
    assertThat(second).isEqualTo(first);
    return first;
  }

  @Test
  void aStudentThatIsItsTeacherHasNone() throws IOException {
    Map<String, Double> errors = errors("tcd", 0);
    assertThat(errors)
        .containsOnlyKeys(
            "jump_error", "jump_error/999", "jump_error/759", "jump_error/499", "jump_error/259");
    assertThat(errors.values()).allMatch(e -> e < 1e-4);
  }

  @Test
  void aJumpOfTcdEndsAtTheSamplersNextTime() throws IOException {
    Map<String, Double> errors = errors("tcd", OFF);
    double[] nodes = {999, 759, 499, 259, 0};
    double sum = 0;
    for (int i = 0; i < 4; i++) {
      double t = nodes[i];
      double s = nodes[i + 1];
      // alpha_s x0 + sigma_s eps with x0 off by d, and eps by -alpha_t d / sigma_t.
      double expected =
          OFF * (schedule.alpha(s) - schedule.sigma(s) * schedule.alpha(t) / schedule.sigma(t));
      assertThat(errors.get("jump_error/" + (int) t)).isCloseTo(expected, within(1e-4));
      sum += expected;
    }
    assertThat(errors.get("jump_error")).isCloseTo(sum / 4, within(1e-4));
  }

  @Test
  void aJumpOfALatentConsistencyModelEndsAtTheCleanPicture() throws IOException {
    Map<String, Double> errors = errors("lcm", OFF);
    for (int t : new int[] {999, 759, 499, 259}) {
      Tensor x = x0.times(schedule.alpha(t)).plus(noise, schedule.sigma(t));
      Tensor epsilon = x.minus(5 * schedule.alpha(t)).div(schedule.sigma(t));
      // At time 0 a little noise is left.
      Tensor end = epsilon.times(schedule.sigma(0)).plus(5 * schedule.alpha(0));
      double expected = Math.sqrt(end.minus(5 + OFF).square().mean().item());
      assertThat(errors.get("jump_error/" + t)).isCloseTo(expected, within(1e-4));
    }
  }

  /** A network that says x / 2 has curved trajectories: every jump is x times a number. */
  @Test
  void theTeacherTakesStepsOfTwentyTimes() throws IOException {
    DistillationConfig how =
        Recipes.settings(
                Recipes.read(Path.of("src/test/resources/recipes/tcd.yaml"), List.of()),
                DistillTask.Settings.class)
            .objective();
    Denoiser half = (x, t, s) -> new Prediction(Prediction.Kind.X0, x.times(0.5));
    Map<String, Double> errors =
        new JumpError(how, schedule).of(half, (x, t, w) -> half.at(x, t, t.zerosLike()), x0, noise);
    double[] nodes = {999, 759, 499, 259, 0};
    for (int i = 0; i < 4; i++) {
      double t = nodes[i];
      double s = nodes[i + 1];
      double small = 1;
      for (double from = t; from > s; from -= 20) {
        small *= factor(from, Math.max(from - 20, s));
      }
      Tensor x = x0.times(schedule.alpha(t)).plus(noise, schedule.sigma(t));
      double expected = Math.abs(factor(t, s) - small) * Math.sqrt(x.square().mean().item());
      assertThat(expected).isGreaterThan(1e-3);
      assertThat(errors.get("jump_error/" + (int) t)).isCloseTo(expected, within(1e-4));
    }
  }

  private double factor(double t, double s) {
    double eps = (1 - schedule.alpha(t) / 2) / schedule.sigma(t);
    return schedule.alpha(s) / 2 + schedule.sigma(s) * eps;
  }

  @Test
  void methodsInTauHaveNone() throws IOException {
    assertThat(errors("ct", 0)).isEmpty();
  }
}
