package io.github.tcd4j.evaluation.generate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.tcd4j.evaluation.measure.Measurement;
import io.github.tcd4j.evaluation.measure.Results;
import io.github.tcd4j.evaluation.metric.Estimate;
import io.github.tcd4j.evaluation.report.Column;
import io.github.tcd4j.evaluation.report.PlotAxis;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class EvaluationPointTest {
  private static final SamplerConfig DDIM = SamplerConfig.of("DDIM", "ddim");

  private static EvaluationPoint settled(int nfe) {
    return new EvaluationPoint("DDIM", "ddim", 4, 1.5, null, null, List.of(), nfe);
  }

  @Test
  void theEvaluationsAreUnknownUntilTheModelSettlesThem() {
    assertThat(settled(8).evaluations()).isEqualTo(8);
    assertThatThrownBy(() -> DDIM.at(4).evaluations())
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("'DDIM'");
  }

  @Test
  void anImageNeedsAnEvaluation() {
    assertThatThrownBy(() -> settled(0)).hasMessageContaining("at least 1");
  }

  @Test
  void aControlHasNoLoraAndNoGuidance() {
    EvaluationPoint control = SamplerConfig.control("TCD", "tcd", 0.2).at(4);
    assertThat(control.loras()).isEmpty();
    assertThat(control.label()).isEqualTo("TCD lora none");
    assertThat(control.gamma()).isEqualTo(0.2);
  }

  @Test
  void tablesAndPlotsCountNetworkEvaluations() {
    Column fd = new Column("fd", "FD", Column.Better.LOWER, 1, "a distance");
    Measurement m = Measurement.of(settled(8), Map.of(fd, Estimate.exact(3)));
    Results results = new Results(List.of(fd), List.of(m));
    assertThat(results.table().markdown()).contains("| DDIM | 1.5 | 8 |");
    assertThat(results.plot(fd, PlotAxis.EVALUATIONS).lines().get(0).points())
        .containsOnlyKeys(8.0);
  }
}
