package io.github.tcd4j.pipeline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.tcd4j.files.InvalidRequestException;
import io.github.tcd4j.pipeline.lora.LoraSpec;
import io.github.tcd4j.tensor.DType;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class RequestTest {
  private static RequestBuilder apple() {
    return Request.builder("apple");
  }

  private static void refused(RequestBuilder request, String... parts) {
    assertThatThrownBy(request::build)
        .isInstanceOf(InvalidRequestException.class)
        .hasMessageContainingAll(parts);
  }

  @ParameterizedTest
  @ValueSource(doubles = {-0.1, 7.5, Double.NaN})
  void gammaOutOfRangeSaysWhatGuidanceIs(double gamma) {
    refused(
        apple().gamma(gamma),
        "gamma must be in [0, 1] but was " + gamma,
        "classifier-free guidance is another setting");
  }

  @Test
  void anUnknownSamplerListsTheKnownOnes() {
    refused(
        apple().sampler("plms"),
        "sampler must be one of tcd, tcd-2s, tcd-2m, ctm, lcm",
        "but was plms");
  }

  @Test
  void valuesBelowOneAreRefused() {
    refused(apple().steps(0), "steps must be at least 1 but was 0");
    refused(apple().count(0), "count must be at least 1 but was 0");
    refused(apple().size(0, 64), "width must be at least 1 but was 0");
    refused(apple().size(64, -8), "height must be at least 1 but was -8");
    refused(apple().threads(0), "threads must be at least 1");
    refused(apple().batch(0), "batch must be at least 1");
  }

  @Test
  void absurdValuesAreRefused() {
    refused(apple().size(64, 100000), "at most 8192");
    refused(apple().guidance(-1.0), "guidance must be in [0, 1000] but was -1.0");
    refused(apple().guidance(Double.NaN), "guidance must be in");
    refused(apple().dtype(DType.I64), "dtype must be f32, bf16 or f16 but was i64");
    refused(apple().spacing("middle"), "middle");
    refused(apple().prediction("score"), "score");
  }

  @Test
  void stepsAndTimestepsExcludeEachOther() {
    refused(apple().steps(2).timesteps(List.of(999.0)), "steps and timesteps exclude each other");
  }

  @Test
  void aCopyChangesWhatIsSaidAndKeepsTheRest() {
    Request request = apple().seed(3).steps(4).gamma(0.3).loras(List.of()).size(8, 16).build();
    Request changed = request.toBuilder().gamma(0.7).build();

    assertThat(changed.sampling().gamma()).isEqualTo(0.7);
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
    assertThat(request.sampling().gamma()).isEqualTo(1.0);
    assertThat(request.guidance()).isEqualTo(2.0);
    assertThat(apple().eta(1).build().sampling().eta()).isEqualTo(1.0);
    assertThat(apple().gamma(1).gamma(null).build().sampling().gamma()).isNull();
  }
}
