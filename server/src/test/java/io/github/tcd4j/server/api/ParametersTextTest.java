package io.github.tcd4j.server.api;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class ParametersTextTest {
  @Test
  void theTextOfAWebUiIsTakenApart() {
    ParametersText text =
        ParametersText.parse(
            "a cat: red,\nsecond line\nNegative prompt: dog, \"x\"\nmore\nSteps: 4, Sampler: DPM++ 2M, Size: 512x768,"
                + " Lora weights: \"a: 1, b: \\\"2\\\"\", Version: v1.9");

    assertThat(text.prompt()).isEqualTo("a cat: red,\nsecond line");
    assertThat(text.negative()).isEqualTo("dog, \"x\"\nmore");
    assertThat(text.pairs())
        .containsEntry("Sampler", "DPM++ 2M")
        .containsEntry("Lora weights", "a: 1, b: \"2\"")
        .containsEntry("Version", "v1.9");
  }

  @Test
  void aPromptAloneIsAllPrompt() {
    assertThat(ParametersText.parse("cat: big, dog: small"))
        .isEqualTo(new ParametersText("cat: big, dog: small", null, java.util.Map.of()));
    assertThat(ParametersText.parse("").prompt()).isEmpty();
    assertThat(ParametersText.parse("a:\"".repeat(20000)).pairs()).isEmpty();
  }
}
