package io.github.tcd4j.pipeline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.tcd4j.files.InvalidRequestException;
import io.github.tcd4j.pipeline.lora.LoraSpec;
import io.github.tcd4j.pipeline.lora.PromptLoras;
import io.github.tcd4j.pipeline.prompt.PromptSyntax;
import java.util.List;
import org.junit.jupiter.api.Test;

class PromptLorasTest {
  private static PromptLoras read(String prompt) {
    return PromptLoras.read(prompt, PromptSyntax.A1111);
  }

  @Test
  void tagsAreTakenOutOfThePromptInTheirOrder() {
    PromptLoras read = read("<lora:b:-0.5> a cat <lora: a > ");
    assertThat(read.text()).isEqualTo("a cat");
    assertThat(read.tags()).containsExactly(new LoraSpec("b", -0.5), new LoraSpec("a", 1));
    assertThat(read("a < b >").text()).isEqualTo("a < b >");
    assertThat(PromptLoras.read("<lora:x>", PromptSyntax.PLAIN).text()).isEqualTo("<lora:x>");
  }

  @Test
  void malformedTagsAreRefusedAndVeryLongOnesAreText() {
    for (String bad : List.of("<lora:>", "<lora:a:b>", "<lora:a:1:2>", "<lora:a:NaN>")) {
      assertThatThrownBy(() -> read(bad))
          .isInstanceOf(InvalidRequestException.class)
          .hasMessage(
              "a LoRA in a prompt must be <lora:NAME> or <lora:NAME:WEIGHT> but was " + bad);
    }
    String longest = "<lora:" + "a".repeat(300) + ">";
    assertThat(read(longest).tags()).hasSize(1);
    String longer = "<lora:" + "a".repeat(301) + ">";
    assertThat(read(longer).text()).isEqualTo(longer);
  }

  @Test
  void theModelsOwnLoraStaysUnlessThePromptHasOneOfItsName() {
    assertThat(read("a").choices(null, Tiny.folder(), n -> n)).isNull();
    assertThat(read("<lora:x:2>").choices(null, Tiny.folder(), n -> "/f/" + n))
        .extracting(LoraSpec::weight)
        .containsExactly(1.0, 2.0);
    assertThat(read("<lora:tcd.safetensors:2>").choices(null, Tiny.folder(), n -> "/f/" + n))
        .containsExactly(new LoraSpec("/f/tcd.safetensors", 2));
    assertThat(read("<lora:x>").choices(List.of(), Tiny.folder(), n -> n))
        .containsExactly(new LoraSpec("x", 1));
    assertThatThrownBy(() -> PromptLoras.negative("<lora:x>", PromptSyntax.A1111))
        .isInstanceOf(InvalidRequestException.class);
  }
}
