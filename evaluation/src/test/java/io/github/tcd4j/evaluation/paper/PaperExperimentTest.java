package io.github.tcd4j.evaluation.paper;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.tcd4j.evaluation.generate.SamplerConfig;
import io.github.tcd4j.pipeline.lora.LoraSpec;
import java.util.Map;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class PaperExperimentTest {
  @ParameterizedTest
  @EnumSource(
      value = PaperExperiment.class,
      names = {"TABLE1", "FIGURE1"})
  void bothSamplersOfDistilledNetworksAreAlsoMeasuredWithoutALora(PaperExperiment experiment) {
    Map<String, LoraSpec> loras =
        Map.of("lcm", new LoraSpec("lcm", 1), "tcd", new LoraSpec("tcd", 1));
    assertThat(experiment.samplers(loras, 2))
        .extracting(SamplerConfig::label)
        .contains("LCM", "TCD")
        .endsWith("LCM lora none", "TCD lora none");
    assertThat(experiment.samplers(Map.of(), 2))
        .extracting(SamplerConfig::label)
        .endsWith("LCM lora none", "TCD lora none");
  }
}
