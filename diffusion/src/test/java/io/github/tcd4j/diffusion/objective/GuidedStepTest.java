package io.github.tcd4j.diffusion.objective;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.tcd4j.diffusion.Denoiser;
import io.github.tcd4j.diffusion.GuidedDenoiser;
import io.github.tcd4j.diffusion.Prediction;
import io.github.tcd4j.diffusion.Prediction.Kind;
import io.github.tcd4j.diffusion.Tcf2;
import io.github.tcd4j.diffusion.schedule.VpSchedule;
import io.github.tcd4j.tensor.RandomSource;
import io.github.tcd4j.tensor.Scope;
import io.github.tcd4j.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class GuidedStepTest {
  private final Scope scope = Scope.open();

  @AfterEach
  void free() {
    scope.close();
  }

  /** Networks with an embedding of w, which record the w that they are evaluated with. */
  private static final class Embedded implements Denoiser {
    private final List<double[]> evaluated = new ArrayList<>();

    @Override
    public Prediction at(Tensor x, Tensor t, Tensor s) {
      throw new AssertionError("a network with an embedding of w was evaluated without w");
    }

    @Override
    public Denoiser withGuidance(Tensor w) {
      return (x, t, s) -> {
        evaluated.add(w.toDoubleArray());
        return new Prediction(Kind.X0, x.times(0.9));
      };
    }
  }

  static Stream<Function<GuidedStep, Objective>> objectives() {
    return Stream.of(
        Lcm::of,
        Tcd::tcf1,
        step -> new Tcd(step, new Tcf2()),
        step -> new Pcm(step, 4),
        step -> new Tscd(step, 4),
        Tdd::new);
  }

  @ParameterizedTest
  @MethodSource("objectives")
  void studentAndTargetAreConditionedOnTheGuidanceOfTheTeacher(
      Function<GuidedStep, Objective> objective) {
    List<double[]> drawn = new ArrayList<>();
    GuidedDenoiser teacher =
        (x, t, w) -> {
          drawn.add(w.toDoubleArray());
          return new Prediction(Kind.X0, x.times(0.8));
        };
    Embedded student = new Embedded();
    Embedded target = new Embedded();
    objective
        .apply(GuidedStep.ddim(20, 1, 7, new Distance.L2()))
        .losses(
            new RandomSource(1).normal(6, 1, 1, 1),
            new DistillationNetworks(student, teacher, target),
            VpSchedule.stableDiffusion(),
            new RandomSource(2),
            0,
            1);
    double[] w = drawn.get(0);
    assertThat(w).hasSize(6).doesNotHaveDuplicates();
    assertThat(student.evaluated).isNotEmpty().allSatisfy(seen -> assertThat(seen).isEqualTo(w));
    assertThat(target.evaluated).isNotEmpty().allSatisfy(seen -> assertThat(seen).isEqualTo(w));
  }
}
