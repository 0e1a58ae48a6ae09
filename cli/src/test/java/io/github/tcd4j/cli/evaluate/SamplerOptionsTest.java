package io.github.tcd4j.cli.evaluate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import io.github.tcd4j.diffusion.sampler.Gamma;
import io.github.tcd4j.evaluation.generate.SamplerConfig;
import io.github.tcd4j.pipeline.lora.LoraSpec;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class SamplerOptionsTest {
  private final SamplerOptions options = new SamplerOptions();

  @Test
  void distilledSamplersHaveTheModelsOwnLoraAndAControlWithoutOneAndNoGuidance() {
    options.samplers = List.of("lcm", "tcd");
    options.gammas = List.of(0.5);

    assertThat(options.configs())
        .containsExactly(
            new SamplerConfig(
                "LCM", "lcm", List.of(1.0), null, null, List.of(new LoraSpec("lcm", 1))),
            new SamplerConfig("LCM lora none", "lcm", List.of(1.0), null, null, List.of()),
            new SamplerConfig(
                "TCD", "tcd", List.of(1.0), Gamma.of(0.5), null, List.of(new LoraSpec("tcd", 1))),
            new SamplerConfig(
                "TCD lora none", "tcd", List.of(1.0), Gamma.of(0.5), null, List.of()));
  }

  @Test
  void theDefaultSetupHasRowsWithoutALoraThroughBothSamplers() {
    assertThat(options.configs())
        .extracting(SamplerConfig::label)
        .containsExactly(
            "DDIM", "Euler", "DPM++ 2M", "LCM", "LCM lora none", "TCD", "TCD lora none");
  }

  @Test
  void aSamplerThatIsGivenNoLoraIsItsOwnControl() {
    options.samplers = List.of("tcd");
    options.loras = Map.of("tcd", "none");
    options.guidances = List.of(1.0);

    assertThat(options.configs())
        .containsExactly(new SamplerConfig("TCD", "tcd", List.of(1.0), null, null, List.of()));
  }

  @Test
  void solversGetEverySpacingAndAChoiceOfGuidances() {
    options.samplers = List.of("ddim");
    options.spacings = List.of("trailing", "shipped");
    options.guidances = List.of(2.0, 4.0);

    assertThat(options.configs())
        .containsExactly(
            new SamplerConfig(
                "DDIM trailing", "ddim", List.of(2.0, 4.0), null, "trailing", List.of()),
            new SamplerConfig("DDIM shipped", "ddim", List.of(2.0, 4.0), null, null, List.of()));
  }

  @Test
  void withoutAChoiceSolversAreTriedWithoutGuidanceToo() {
    options.samplers = List.of("ddim");
    assertThat(options.configs().get(0).guidances()).containsExactly(1.0, 1.5, 2.0, 3.0, 4.0);
  }

  @Test
  void aLoraBelongsToTheSamplerThatItNames() {
    options.samplers = List.of("tcd", "euler");
    options.loras = Map.of("tcd", "mine.safetensors:0.8", "euler", "style.safetensors");

    assertThat(options.configs())
        .extracting(SamplerConfig::loras)
        .containsExactly(
            List.of(new LoraSpec("mine.safetensors", 0.8)),
            List.of(),
            List.of(new LoraSpec("style.safetensors", 1)));
  }

  @Test
  void everySamplerOfADistilledNetworkTakesTheLoraOfItsMethod() {
    options.samplers = List.of("tcd-2m", "consistency", "heun-karras");

    assertThat(options.configs())
        .extracting(SamplerConfig::label, SamplerConfig::loras)
        .containsExactly(
            tuple("TCD 2M", List.of(new LoraSpec("tcd", 1))),
            tuple("TCD 2M lora none", List.of()),
            tuple("Consistency", List.of(new LoraSpec("lcm", 1))),
            tuple("Consistency lora none", List.of()),
            tuple("Heun Karras", List.of()));
  }

  @Test
  void anUnknownSamplerIsNamed() {
    options.samplers = List.of("plms");

    assertThatThrownBy(options::configs).hasMessageContaining("but was plms");
  }

  @Test
  void whatWouldBeIgnoredIsRefused() {
    SamplerOptions options = new SamplerOptions();
    options.samplers = List.of("ddim", "tcd-2m");
    options.loras = Map.of("tcd", "mine.safetensors");
    assertThatThrownBy(options::configs)
        .hasMessageContaining("--lora tcd=... is for a sampler that is not compared")
        .hasMessageContaining("ddim,tcd-2m");
    options.loras = Map.of();
    options.samplers = List.of("ddim");
    options.gammas = List.of(0.3);
    assertThatThrownBy(options::configs)
        .hasMessageContaining("--gamma is for tcd, tcd-2s, tcd-2m and ctm");
    options.samplers = List.of("tcd");
    options.gammas = List.of(7.0);
    assertThatThrownBy(options::configs).hasMessageContaining("gamma must be in [0, 1]");
    options.gammas = List.of(0.5, 0.1, 0.0);
    options.steps = List.of(3, 4);
    assertThatThrownBy(options::configs)
        .hasMessageContaining("gamma must be one number, or one for each of the 4 steps");
    options.gammas = null;
    options.spacings = List.of("trailling");
    assertThatThrownBy(options::configs).hasMessageContaining("trailling");
  }
}
