package io.github.tcd4j.pipeline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.tcd4j.diffusion.sampler.Gamma;
import io.github.tcd4j.files.InvalidRequestException;
import io.github.tcd4j.pipeline.lora.LoraSpec;
import io.github.tcd4j.tensor.DType;
import java.util.List;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class RequestTest {
  private static Request.Builder apple() {
    return Request.builder("apple");
  }

  private static void refused(UnaryOperator<Request.Builder> choice, String... parts) {
    assertThatThrownBy(() -> choice.apply(apple()).build())
        .isInstanceOf(InvalidRequestException.class)
        .hasMessageContainingAll(parts);
  }

  @ParameterizedTest
  @ValueSource(doubles = {-0.1, 7.5, Double.NaN})
  void gammaOutOfRangeSaysWhatGuidanceIs(double gamma) {
    refused(
        r -> r.gamma(gamma),
        "gamma must be in [0, 1] but was " + gamma,
        "classifier-free guidance is another setting");
  }

  @Test
  void anUnknownSamplerListsTheKnownOnes() {
    refused(
        r -> r.sampler("plms"),
        "sampler must be one of tcd, tcd-2s, tcd-2m, ctm, lcm",
        "but was plms");
  }

  @Test
  void valuesBelowOneAreRefused() {
    refused(r -> r.steps(0), "steps must be at least 1 but was 0");
    refused(r -> r.count(0), "count must be at least 1 but was 0");
    refused(r -> r.size(0, 64), "width must be at least 1 but was 0");
    refused(r -> r.size(64, -8), "height must be at least 1 but was -8");
    refused(r -> r.threads(0), "threads must be at least 1");
    refused(r -> r.batch(0), "batch must be at least 1");
  }

  @Test
  void absurdValuesAreRefused() {
    refused(r -> r.size(64, 100000), "at most 8192");
    refused(r -> r.guidance(-1.0), "guidance must be in [0, 1000] but was -1.0");
    refused(r -> r.guidance(Double.NaN), "guidance must be in");
    refused(r -> r.dtype(DType.I64), "dtype must be f32, bf16 or f16 but was i64");
    refused(r -> r.spacing("middle"), "middle");
    refused(r -> r.prediction("score"), "score");
  }

  @Test
  void stepsAndTimestepsExcludeEachOther() {
    refused(r -> r.steps(2).timesteps(List.of(999.0)), "steps and timesteps exclude each other");
  }

  @Test
  void aCopyChangesWhatIsSetAndKeepsTheRest() {
    Request request = apple().seed(3).steps(4).gamma(0.3).loras(List.of()).size(8, 16).build();
    Request changed = request.toBuilder().gamma(0.7).build();

    assertThat(changed.sampling().knobs().gamma()).isEqualTo(Gamma.of(0.7));
    assertThat(changed.toBuilder().gamma(0.3).build()).isEqualTo(request);
  }

  @ParameterizedTest
  @CsvSource({
    "lora.safetensors, lora.safetensors, 1",
    "lora.safetensors:0.8, lora.safetensors, 0.8",
    "lora:-1, lora, -1",
    "C:\\lora.safetensors, C:\\lora.safetensors, 1",
    "C:\\lora.safetensors:2, C:\\lora.safetensors, 2"
  })
  void loraChoicesAreAFileAndPerhapsAWeight(String text, String name, double weight) {
    assertThat(LoraSpec.parse(text)).isEqualTo(new LoraSpec(name, weight));
  }

  @Test
  void wholeNumbersAreNumbersToo() {
    Request request = apple().gamma(1).guidance(2).build();
    assertThat(request.sampling().knobs().gamma()).isEqualTo(Gamma.of(1));
    assertThat(request.sampling().guidance()).isEqualTo(2.0);
    assertThat(apple().eta(1).build().sampling().knobs().eta()).isEqualTo(1.0);
    assertThat(apple().gamma(1).gamma(null).build().sampling().knobs().gamma()).isNull();
  }
}
