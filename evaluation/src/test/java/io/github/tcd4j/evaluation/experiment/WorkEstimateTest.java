package io.github.tcd4j.evaluation.experiment;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.tcd4j.evaluation.ColourGenerator;
import io.github.tcd4j.evaluation.dataset.EvaluationData;
import io.github.tcd4j.evaluation.dataset.Prompts;
import io.github.tcd4j.evaluation.generate.SamplerConfig;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

class WorkEstimateTest {
  private static final Prompts TWO = new Prompts("captions", List.of("red", "blue"), 0);

  @Test
  void itCountsTheEvaluationsOfTheSamplerAndNotItsSteps() {
    assertThat(rows(SamplerConfig.of("Euler", "euler"))).isEqualTo(2 * 4);
    // Heun's method asks twice in every step but the last.
    assertThat(rows(SamplerConfig.of("Heun", "heun"))).isEqualTo(2 * 7);
  }

  @Test
  void aGuidedPictureGoesThroughTheNetworkTwice() {
    SamplerConfig guided = SamplerConfig.of("Heun", "heun").withGuidances(List.of(3.0));
    assertThat(rows(guided)).isEqualTo(2 * 2 * 7);
  }

  private static long rows(SamplerConfig sampler) {
    Path folder = Path.of("pair");
    EvaluationSettings settings =
        EvaluationSettings.of(
            folder, List.of(sampler), List.of(4), EvaluationData.of(null, folder), folder);
    return WorkEstimate.of(settings, new ColourGenerator(), TWO, TWO).rows();
  }
}
