package io.github.tcd4j.diffusion;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.github.tcd4j.diffusion.schedule.Node;
import io.github.tcd4j.diffusion.schedule.PerSample;
import io.github.tcd4j.diffusion.schedule.VpSchedule;
import io.github.tcd4j.tensor.DType;
import io.github.tcd4j.tensor.RandomSource;
import io.github.tcd4j.tensor.Scope;
import io.github.tcd4j.tensor.Tensor;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class PredictionTest {
  private final Scope scope = Scope.inference();
  private final VpSchedule schedule = VpSchedule.stableDiffusion();
  private final RandomSource random = new RandomSource(3);
  private final Tensor x0 = random.normal(5, 2, 3, 3);
  private final Tensor noise = random.normal(5, 2, 3, 3);
  private final Tensor t = Tensor.of(new float[] {0, 250, 500.5f, 900, 999});

  @AfterEach
  void free() {
    scope.close();
  }

  @ParameterizedTest
  @EnumSource
  void aPerfectAnswerOfAnyKindStandsForTheTrueSampleAndNoise(Prediction.Kind kind) {
    Tensor alpha = schedule.alpha(t);
    Tensor sigma = schedule.sigma(t);
    Tensor x = schedule.diffuse(x0, noise, t);
    Prediction p = new Prediction(kind, kind.target(x0, noise, alpha, sigma));
    assertThat(p.x0(x, alpha, sigma).toDoubleArray())
        .containsExactly(x0.toDoubleArray(), within(2e-5));
    assertThat(p.epsilon(x, alpha, sigma).toDoubleArray())
        .containsExactly(noise.toDoubleArray(), within(2e-5));
  }

  @ParameterizedTest
  @EnumSource
  void oneNodeForAllRowsGivesTheSameAsOneTimeEach(Prediction.Kind kind) {
    Prediction p = new Prediction(kind, noise);
    Node node = schedule.at(500.5);
    Tensor times = PerSample.same(500.5, x0);
    Tensor alpha = schedule.alpha(times);
    Tensor sigma = schedule.sigma(times);
    assertThat(p.x0(x0, node).toDoubleArray())
        .containsExactly(p.x0(x0, alpha, sigma).toDoubleArray(), within(1e-5));
    assertThat(p.epsilon(x0, node).toDoubleArray())
        .containsExactly(p.epsilon(x0, alpha, sigma).toDoubleArray(), within(1e-5));
    assertThat(p.x0(x0, node).dtype()).isEqualTo(DType.F32);
  }

  @ParameterizedTest
  @EnumSource
  void aMixtureIsTheSumOfItsParts(Prediction.Kind kind) {
    Prediction p = new Prediction(kind, noise);
    Node node = schedule.at(400);
    Tensor x = random.normal(5, 2, 3, 3);
    Tensor parts = p.x0(x, node).times(0.3).plus(p.epsilon(x, node).times(-0.8)).plus(x.times(0.2));
    assertThat(p.mix(x, node, 0.3, -0.8, 0.2).toDoubleArray())
        .containsExactly(parts.toDoubleArray(), within(1e-5));
    assertThat(p.mixOnto(x.times(0.2), x, node, 0.3, -0.8).toDoubleArray())
        .containsExactly(parts.toDoubleArray(), within(1e-5));
  }

  @Test
  void anAnswerInHalfPrecisionIsConvertedInThatOfTheLatents() {
    Prediction p = new Prediction(Prediction.Kind.EPSILON, noise.to(DType.BF16));
    Prediction same = new Prediction(Prediction.Kind.EPSILON, noise.to(DType.BF16).to(DType.F32));
    Node node = schedule.at(999);
    assertThat(p.x0(x0, node).sameAs(same.x0(x0, node))).isTrue();
  }

  @Test
  void kindsAreNamedAsInSchedulerConfigurations() {
    for (Prediction.Kind kind : Prediction.Kind.values()) {
      assertThat(Prediction.Kind.parse(kind.key())).isEqualTo(kind);
    }
    assertThatThrownBy(() -> Prediction.Kind.parse("flow"))
        .hasMessage("prediction_type must be one of [epsilon, v_prediction, sample] but was flow");
  }
}
