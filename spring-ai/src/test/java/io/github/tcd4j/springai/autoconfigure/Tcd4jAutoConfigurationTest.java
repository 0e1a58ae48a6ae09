package io.github.tcd4j.springai.autoconfigure;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.tcd4j.pipeline.Request;
import io.github.tcd4j.pipeline.TextToImage;
import io.github.tcd4j.springai.Tcd4jImageModel;
import io.github.tcd4j.tensor.DType;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Base64;
import org.junit.jupiter.api.Test;
import org.springframework.ai.image.ImageModel;
import org.springframework.ai.image.ImagePrompt;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.diagnostics.FailureAnalysis;
import org.springframework.boot.diagnostics.FailureAnalyzer;
import org.springframework.boot.health.contributor.Health;
import org.springframework.boot.health.contributor.HealthIndicator;
import org.springframework.boot.health.contributor.Status;
import org.springframework.boot.test.context.FilteredClassLoader;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.core.io.support.SpringFactoriesLoader;

class Tcd4jAutoConfigurationTest {
  private static final Path TINY = Path.of("../pipeline/src/test/resources/tiny");

  private final ApplicationContextRunner bare =
      new ApplicationContextRunner()
          .withConfiguration(
              AutoConfigurations.of(
                  Tcd4jAutoConfiguration.class, Tcd4jHealthAutoConfiguration.class));

  private final ApplicationContextRunner runner =
      bare.withPropertyValues(
          "spring.ai.tcd4j.model=" + TINY,
          "spring.ai.tcd4j.image.options.steps=2",
          "spring.ai.tcd4j.image.options.width=32",
          "spring.ai.tcd4j.image.options.height=32");

  @Test
  void thePropertiesAreTheDefaultsOfEveryCall() {
    String[] properties = {
      "spring.ai.tcd4j.preload=true",
      "spring.ai.tcd4j.dtype=f16",
      "spring.ai.tcd4j.tiling=true",
      "spring.ai.tcd4j.threads=1",
      "spring.ai.tcd4j.image.options.gamma=0.6",
      "spring.ai.tcd4j.image.options.guidance=2.5",
      "spring.ai.tcd4j.image.options.sampler=tcd",
      "spring.ai.tcd4j.image.options.seed=11",
      "spring.ai.tcd4j.image.options.negative-prompt=blurry",
      "spring.ai.tcd4j.image.options.loras=tcd:0.5"
    };
    runner
        .withPropertyValues(properties)
        .run(
            context -> {
              ImageModel model = context.getBean(ImageModel.class);
              String png =
                  model.call(new ImagePrompt("red apple")).getResult().getOutput().getB64Json();
              Request.Builder request =
                  Request.builder("red apple")
                      .steps(2)
                      .size(32, 32)
                      .gamma(0.6)
                      .guidance(2.5)
                      .sampler("tcd")
                      .seed(11)
                      .negative("blurry")
                      .lora("tcd", 0.5)
                      .dtype(DType.F16)
                      .tiling(true)
                      .threads(1);
              byte[] expected =
                  context.getBean(TextToImage.class).generate(request.build()).get(0).toPng();
              assertThat(Base64.getDecoder().decode(png)).isEqualTo(expected);
            });
  }

  @Test
  void theContextClosesTheModel() {
    TextToImage[] seen = new TextToImage[1];
    runner.run(context -> seen[0] = context.getBean(TextToImage.class));
    assertThatThrownBy(() -> seen[0].identity()).isInstanceOf(IllegalStateException.class);
  }

  @Test
  void anApplicationWithAWrongModelDoesNotStart() {
    bare.run(
        context ->
            assertThat(context)
                .getFailure()
                .rootCause()
                .hasMessageStartingWith("spring.ai.tcd4j.model must name"));
    bare.withPropertyValues("spring.ai.tcd4j.model=nowhere")
        .run(
            context ->
                assertThat(context)
                    .getFailure()
                    .rootCause()
                    .hasMessage("model nowhere does not exist"));
    runner
        .withPropertyValues("spring.ai.tcd4j.image.options.gamma=3")
        .run(context -> assertThat(context).getFailure().rootCause().hasMessageContaining("gamma"));
  }

  @Test
  void itsFailureIsReportedInOneSentence() {
    bare.withPropertyValues("spring.ai.tcd4j.model=nowhere")
        .run(
            context -> {
              FailureAnalyzer analyzer =
                  SpringFactoriesLoader.forDefaultResourceLocation()
                      // Others want a bean factory.
                      .load(FailureAnalyzer.class, (type, name, failure) -> {})
                      .stream()
                      .filter(Tcd4jFailureAnalyzer.class::isInstance)
                      .findFirst()
                      .orElseThrow();
              FailureAnalysis analysis = analyzer.analyze(context.getStartupFailure());
              assertThat(analysis).isNotNull();
              assertThat(analysis.getDescription())
                  .isEqualTo("The image model cannot start: model nowhere does not exist");
            });
  }

  @Test
  void anotherProviderTurnsItOff() {
    bare.withPropertyValues("spring.ai.model.image=openai")
        .run(context -> assertThat(context).hasNotFailed().doesNotHaveBean(ImageModel.class));
    runner
        .withPropertyValues("spring.ai.model.image=tcd4j")
        .run(context -> assertThat(context).hasSingleBean(ImageModel.class));
  }

  @Test
  void aModelOfTheApplicationTakesItsPlace() {
    bare.withBean(TextToImage.class, () -> TextToImage.load(TINY))
        .run(
            context -> {
              assertThat(context).hasSingleBean(TextToImage.class);
              assertThat(context.getBean(Tcd4jImageModel.class).name()).isEqualTo("tiny");
            });
  }

  @Test
  void itsHealthIsThatOfTheLastCall() {
    runner.run(
        context -> {
          HealthIndicator indicator =
              context.getBean("tcd4jHealthIndicator", HealthIndicator.class);
          Health up = indicator.health();
          assertThat(up.getStatus()).isEqualTo(Status.UP);
          assertThat(up.getDetails()).containsEntry("model", "tiny");

          context.getBean(TextToImage.class).close();
          assertThatThrownBy(
                  () -> context.getBean(ImageModel.class).call(new ImagePrompt("red apple")))
              .isInstanceOf(IllegalStateException.class);
          Health down = indicator.health();
          assertThat(down.getStatus()).isEqualTo(Status.DOWN);
          assertThat(down.getDetails()).containsKeys("failure", "model");
        });
    runner
        .withPropertyValues("management.health.tcd4j.enabled=false")
        .run(context -> assertThat(context).doesNotHaveBean("tcd4jHealthIndicator"));
  }

  @Test
  void itWorksWithoutTheActuator() {
    runner
        .withClassLoader(new FilteredClassLoader("org.springframework.boot.health"))
        .run(
            context ->
                assertThat(context)
                    .hasNotFailed()
                    .hasSingleBean(ImageModel.class)
                    .doesNotHaveBean("tcd4jHealthIndicator"));
  }

  @Test
  void editorsFindTheProperties() throws IOException {
    try (InputStream in =
        getClass().getResourceAsStream("/META-INF/spring-configuration-metadata.json")) {
      assertThat(new String(in.readAllBytes(), StandardCharsets.UTF_8))
          .contains("\"spring.ai.tcd4j.model\"", "\"spring.ai.tcd4j.image.options.gamma\"")
          .contains("Folder of a model in diffusers' layout, or a single file. Required.");
    }
  }
}
