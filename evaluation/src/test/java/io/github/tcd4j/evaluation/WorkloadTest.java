package io.github.tcd4j.evaluation;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

class WorkloadTest {
  private static final Prompts TWO = new Prompts("captions", List.of("red", "blue"), 0);

  @Test
  void itCountsTheEvaluationsOfTheSamplerAndNotItsSteps() {
    assertThat(rows(Contender.of("Euler", "euler"))).isEqualTo(2 * 4);
    // Heun's method asks twice in every step but the last.
    assertThat(rows(Contender.of("Heun", "heun"))).isEqualTo(2 * 7);
  }

  @Test
  void aGuidedPictureGoesThroughTheNetworkTwice() {
    Contender guided = Contender.of("Heun", "heun").withGuidances(List.of(3.0));
    assertThat(rows(guided)).isEqualTo(2 * 2 * 7);
  }

  private static long rows(Contender contender) {
    Path folder = Path.of("pair");
    EvaluationSettings settings =
        EvaluationSettings.of(
            folder, List.of(contender), List.of(4), EvaluationMaterial.of(null, folder), folder);
    return Workload.of(settings, TWO, TWO).rows();
  }
}
