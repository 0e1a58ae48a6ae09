package io.github.tcd4j.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.github.tcd4j.tensor.AdamW;
import io.github.tcd4j.tensor.DType;
import io.github.tcd4j.tensor.Scope;
import io.github.tcd4j.tensor.Tensor;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** An opponent of one number, whose loss is half its square: its gradient is the number itself. */
class TrainedGroupTest {
  private static final double RATE = 0.5;
  private static final double CLIP = 2;

  /** So large that a gradient's size, which Adam divides out, is seen in the step. */
  private static final double EPS = 1;

  private final Scope scope = Scope.open();
  private final Tensor number = Tensor.full(5, DType.F32, 1).requiresGrad_(true);
  private final TrainedGroup rival =
      TrainedGroup.of(
          new ParameterGroup("foe", Map.of("number", number), RATE),
          new AdamW.Settings(0.9, 0.99, EPS, 0));

  @AfterEach
  void free() {
    scope.close();
  }

  private void lower() {
    Tensor loss = number.square().sum().div(2);
    Objects.requireNonNull(rival.loss(Map.of("foe", loss, "loss", loss))).backward();
  }

  /** One step of which {@code loss} is known; returns the figures for the log. */
  private Map<String, Double> step(String loss, double limit) {
    Map<String, Double> figures = new HashMap<>(Map.of(loss, 12.5));
    rival.clip(figures, limit);
    rival.step(figures);
    return figures;
  }

  @Test
  void itGoesDownItsClippedGradientAndStartsTheNextStepWithoutIt() {
    lower();
    step("foe", CLIP);
    // Adam's first step: m = g and sqrt(v) = |g| without bias, of the clipped gradient.
    double first = 5 - RATE * CLIP / (CLIP + EPS);
    assertThat(number.detach().item()).isCloseTo(first, within(1e-6));
    assertThat(!number.hasGradient() || number.gradient().item() == 0).isTrue();
  }

  @Test
  void aGradientBelowTheLimitIsTakenWhole() {
    lower();
    assertThat(step("foe", 7)).containsEntry("foe_gradient_norm", 5.0);
    assertThat(number.detach().item()).isCloseTo(5 - RATE * 5 / (5 + EPS), within(1e-6));
  }

  @Test
  void inStepsWithoutItsLossItStandsStill() {
    assertThat(rival.loss(Map.of("loss", number))).isNull();
    assertThat(step("loss", CLIP)).containsOnlyKeys("loss");
    assertThat(number.detach().item()).isEqualTo(5);
    assertThat(Objects.requireNonNull(rival.memory().get("foe.optimizer.number.step")).item())
        .isZero();
  }

  @Test
  void aCheckpointKeepsItsParametersAndMoments() {
    lower();
    step("foe", CLIP);
    assertThat(rival.memory().keySet())
        .containsExactlyInAnyOrder(
            "foe.number",
            "foe.optimizer.number.exp_avg",
            "foe.optimizer.number.exp_avg_sq",
            "foe.optimizer.number.step");
    assertThat(Objects.requireNonNull(rival.memory().get("foe.optimizer.number.exp_avg")).item())
        .isCloseTo(0.1 * CLIP, within(1e-6));
  }
}
