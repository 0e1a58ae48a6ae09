package io.github.tcd4j.evaluation.generate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.tcd4j.diffusion.sampler.Gamma;
import io.github.tcd4j.evaluation.measure.Measurement;
import io.github.tcd4j.evaluation.measure.Results;
import io.github.tcd4j.evaluation.metric.Estimate;
import io.github.tcd4j.evaluation.report.Column;
import io.github.tcd4j.evaluation.report.Plot;
import io.github.tcd4j.evaluation.report.PlotAxis;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
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
    EvaluationPoint control = SamplerConfig.control("TCD", "tcd", Gamma.of(0.2)).at(4);
    assertThat(control.loras()).isEmpty();
    assertThat(control.label()).isEqualTo("TCD lora none");
    assertThat(control.constantGamma()).isEqualTo(0.2);
  }

  @Test
  void gammaOfEachStepIsInTheKeyAndNotOnAnAxis() {
    Column fd = new Column("fd", "FD", Column.Better.LOWER, 1, "a distance");
    EvaluationPoint constant = with(Gamma.of(0.2));
    EvaluationPoint own = with(Gamma.of(List.of(0.5, 0.1)));
    assertThat(constant.key()).isEqualTo("tcd steps=2 gamma=0.2");
    assertThat(own.key()).isEqualTo("tcd steps=2 gamma=0.5,0.1");
    assertThat(own.constantGamma()).isNaN();
    List<Measurement> both =
        Stream.of(constant, own)
            .map(p -> Measurement.of(p, Map.of(fd, Estimate.exact(p == own ? 5 : 3))))
            .toList();
    Plot plot = new Results(List.of(fd), both).plot(fd, PlotAxis.GAMMA);
    assertThat(plot.lines().get(0).points()).containsOnlyKeys(0.2);
  }

  private static EvaluationPoint with(Gamma gamma) {
    return new EvaluationPoint("TCD", "tcd", 2, null, gamma, null, List.of(), 2);
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
