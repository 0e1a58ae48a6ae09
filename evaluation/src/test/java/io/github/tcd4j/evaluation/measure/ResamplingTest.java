package io.github.tcd4j.evaluation.measure;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.tcd4j.evaluation.metric.Bootstrap;
import org.junit.jupiter.api.Test;

class ResamplingTest {
  @Test
  void whatTheBootstrapWouldRefuseAfterTheGenerationIsRefusedBeforeIt() {
    assertThatThrownBy(() -> new Resampling(19, 200))
        .hasMessage("resamples must be at least 20 but were 19 for means and 200 for FD");
    assertThatThrownBy(() -> new Resampling(1000, 1))
        .hasMessage("resamples must be at least 20 but were 1000 for means and 1 for FD");
    Resampling least = new Resampling(Bootstrap.LEAST_RESAMPLES, Bootstrap.LEAST_RESAMPLES);
    assertThat(Bootstrap.of(least.moments(), 0).draws(3).length).isEqualTo(20);
  }
}
