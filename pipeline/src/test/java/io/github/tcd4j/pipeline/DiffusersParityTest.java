package io.github.tcd4j.pipeline;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.tcd4j.pipeline.lora.LoraSpec;
import io.github.tcd4j.tensor.Scope;
import io.github.tcd4j.tensor.Tensor;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Same folder, LoRA, prompt and seeds as in diffusers: the same latents. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class DiffusersParityTest {
  private TextToImage model;

  @BeforeAll
  void load() {
    model = Tiny.load();
  }

  @AfterAll
  void free() {
    model.close();
  }

  private static Request.Builder two() {
    return Request.builder(Tiny.PROMPT).seed(42).count(2);
  }

  private void same(Request request, String key) {
    try (Scope scope = Scope.inference()) {
      Tensor latents = Tiny.latents(model.generate(request, Progress.SILENT));
      assertThat(Tiny.distance(latents, Tiny.expected(key))).as(key).isLessThan(1e-4);
    }
  }

  @ParameterizedTest
  @ValueSource(doubles = {0, 0.3, 1})
  void tcdWithItsLora(double gamma) {
    same(two().steps(4).gamma(gamma).build(), "tcd gamma " + key(gamma));
  }

  @ParameterizedTest
  @ValueSource(doubles = {0, 0.3, 1})
  void tcdWithoutALora(double gamma) {
    Request request = two().loras(List.of()).sampler("tcd").steps(4).gamma(gamma).build();
    same(request, "tcd gamma " + key(gamma) + " no lora");
  }

  @Test
  void tcdWithHalfOfItsLora() {
    LoraSpec half = new LoraSpec("tcd", 0.5);
    same(two().loras(List.of(half)).steps(4).gamma(0.3).build(), "tcd weight 0.5");
  }

  @Test
  void lcm() {
    same(two().sampler("lcm").steps(4).build(), "lcm");
  }

  @ParameterizedTest
  @CsvSource({"ddim, 1", "ddim, 5", "euler, 1", "euler, 5", "dpm++2m, 1", "dpm++2m, 5"})
  void solversWithAndWithoutGuidance(String sampler, double guidance) {
    Request request =
        two()
            .loras(List.of())
            .sampler(sampler)
            .steps(7)
            .guidance(guidance)
            .negative("green")
            .build();
    same(request, sampler + " guidance " + key(guidance));
  }

  @ParameterizedTest
  @ValueSource(strings = {"ddim", "euler", "dpm++2m"})
  void solversWithAnotherSpacing(String sampler) {
    Request request =
        two()
            .loras(List.of())
            .sampler(sampler)
            .steps(5)
            .guidance(5.0)
            .negative("green")
            .spacing("trailing")
            .build();
    same(request, sampler + " trailing");
  }

  @Test
  void thePixelsOfTheDecodedLatents() {
    List<Picture> pictures = model.generate(two().steps(4).gamma(0.3).build(), Progress.SILENT);
    try (Scope scope = Scope.inference()) {
      double[] pixels = Tiny.expected("pixels").toDoubleArray();
      int plane = 16 * 16;
      for (int i = 0; i < pixels.length; i++) {
        int picture = i / (3 * plane);
        int channel = i / plane % 3;
        byte level = pictures.get(picture).image().rgb()[i % plane * 3 + channel];
        double exact = Math.min(Math.max(pixels[i] / 2 + 0.5, 0), 1) * 255;
        assertThat(Math.abs((level & 0xff) - exact)).isLessThan(0.51);
      }
    }
  }

  private static String key(double value) {
    return value == Math.rint(value) ? Long.toString((long) value) : Double.toString(value);
  }
}
