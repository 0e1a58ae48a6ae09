package io.github.tcd4j.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.github.tcd4j.tensor.Autograd;
import io.github.tcd4j.tensor.DType;
import io.github.tcd4j.tensor.Scope;
import io.github.tcd4j.tensor.Tensor;
import io.github.tcd4j.training.recipe.Optimizer;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** A group of one number, whose loss is half its square: its gradient is the number itself. */
class TrainedGroupTest {
  private static final double RATE = 0.5;
  private static final double CLIP = 2;

  /** So large that a gradient's size, which Adam divides out, is seen in the step. */
  private static final double EPS = 1;

  private final Scope scope = Scope.open();
  private final Tensor number = Tensor.full(5, DType.F32, 1).requiresGrad_(true);
  private final TrainedGroup rival = group(CLIP);

  @AfterEach
  void free() {
    scope.close();
  }

  private TrainedGroup group(double clip) {
    return new TrainedGroup(
        ParameterGroup.constant("foe", Map.of("number", number), RATE, "foe.rate"),
        new Optimizer(0.9, 0.99, EPS, 0, clip));
  }

  /** One step down its loss; returns the norm of the gradient. */
  private double step(TrainedGroup group) {
    group.backward(number.square().sum().div(2));
    double norm = group.clip(0);
    group.step(0, 10);
    return norm;
  }

  @Test
  void itGoesDownItsClippedGradientAndStartsTheNextStepWithoutIt() {
    step(rival);
    // Adam's first step: m = g and sqrt(v) = |g| without bias, of the clipped gradient.
    double first = 5 - RATE * CLIP / (CLIP + EPS);
    assertThat(number.detach().item()).isCloseTo(first, within(1e-6));
    assertThat(!Autograd.hasGradient(number) || Autograd.gradient(number).item() == 0).isTrue();
  }

  @Test
  void aGradientBelowTheLimitIsTakenWhole() {
    assertThat(step(group(7))).isEqualTo(5);
    assertThat(number.detach().item()).isCloseTo(5 - RATE * 5 / (5 + EPS), within(1e-6));
  }

  @Test
  void itIsNotUpdatedInStepsWithoutItsLoss() {
    assertThat(rival.moved()).isFalse();
    rival.step(0, 10);
    assertThat(number.detach().item()).isEqualTo(5);
    assertThat(Objects.requireNonNull(rival.state().get("foe.optimizer.number.step")).item())
        .isZero();
  }

  @Test
  void aGradientThatIsNotFiniteIsReportedWithItsGroupAndRate() {
    rival.backward(number.minus(5).sqrt().sum());
    assertThatThrownBy(() -> rival.clip(3))
        .isInstanceOf(TrainingException.class)
        .hasMessage(
            "the gradient norm of foe is Infinity at step 3; lower foe.rate or optimizer.clip");
  }

  @Test
  void aCheckpointKeepsItsParametersAndMoments() {
    step(rival);
    assertThat(rival.state().keySet())
        .containsExactlyInAnyOrder(
            "foe.number",
            "foe.optimizer.number.exp_avg",
            "foe.optimizer.number.exp_avg_sq",
            "foe.optimizer.number.step");
    assertThat(Objects.requireNonNull(rival.state().get("foe.optimizer.number.exp_avg")).item())
        .isCloseTo(0.1 * CLIP, within(1e-6));
  }
}
