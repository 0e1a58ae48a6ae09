package io.github.tcd4j.evaluation.generate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.tcd4j.diffusion.sampler.Gamma;
import io.github.tcd4j.evaluation.TinyPair;
import io.github.tcd4j.evaluation.dataset.EvaluationData;
import io.github.tcd4j.evaluation.experiment.EvaluationListener;
import io.github.tcd4j.evaluation.experiment.EvaluationRun;
import io.github.tcd4j.evaluation.experiment.EvaluationSettings;
import io.github.tcd4j.evaluation.measure.Results;
import io.github.tcd4j.images.Image;
import io.github.tcd4j.pipeline.Picture;
import io.github.tcd4j.pipeline.Progress;
import io.github.tcd4j.pipeline.Request;
import io.github.tcd4j.pipeline.TextToImage;
import io.github.tcd4j.pipeline.checkpoint.ModelFolder;
import io.github.tcd4j.pipeline.lora.LoraSpec;
import io.github.tcd4j.tensor.Device;
import io.github.tcd4j.tensor.Engine;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** With the model of oracle/make_pipeline_fixture.py, which generates 16x16 pixels. */
class PipelineGeneratorTest {
  private static final LoraSpec LORA = new LoraSpec("tcd", 1);

  @TempDir Path folder;
  private TextToImage model;
  private PipelineGenerator generator;

  @BeforeEach
  void load() throws URISyntaxException {
    Engine.threads(1);
    Path tiny =
        Path.of(Objects.requireNonNull(PipelineGeneratorTest.class.getResource("/tiny")).toURI());
    ModelFolder opened = ModelFolder.open("tiny", tiny);
    model = TextToImage.load(opened, Device.CPU);
    generator = new PipelineGenerator(model, opened, Progress.SILENT);
  }

  @AfterEach
  void close() {
    model.close();
  }

  @Test
  void eachCaptionIsGeneratedAsTheModelGeneratesIt() {
    EvaluationPoint point = SamplerConfig.of("TCD", "tcd", LORA).at(2);
    List<Image> images = generator.generate(point, List.of("apple", "pear", "fish"), 40);
    Request request =
        Request.builder("pear").sampler("tcd").steps(2).loras(List.of(LORA)).seed(41).build();
    Picture alone = model.generate(request, Progress.SILENT).get(0);
    assertThat(images).hasSize(3);
    byte[] expected = alone.image().rgb();
    for (int i = 0; i < expected.length; i++) {
      // In other company the last bits may differ, and so the rounding.
      assertThat(images.get(1).rgb()[i] & 255).isCloseTo(expected[i] & 255, within());
    }
  }

  private static org.assertj.core.data.Offset<Integer> within() {
    return org.assertj.core.api.Assertions.within(1);
  }

  @Test
  void defaultsAreFilledIn() {
    EvaluationPoint tcd = generator.settle(SamplerConfig.of("TCD", "tcd", LORA).at(2));
    assertThat(tcd.guidance()).isEqualTo(1);
    assertThat(tcd.gamma()).isEqualTo(Gamma.of(0.25));
    EvaluationPoint ddim = generator.settle(SamplerConfig.of("DDIM", "ddim").at(5));
    assertThat(ddim.guidance()).isEqualTo(7.5);
    assertThat(ddim.gamma()).isNull();
    assertThat(generator.settle(ddim)).isEqualTo(ddim);
  }

  private EvaluationPoint settledBy(Path changed, EvaluationPoint point) {
    ModelFolder opened = ModelFolder.open("changed", changed);
    try (TextToImage other = TextToImage.load(opened, Device.CPU)) {
      return new PipelineGenerator(other, opened, Progress.SILENT).settle(point);
    }
  }

  /** The tiny model with one line of a JSON file changed. */
  private Path changed(String file, String line, String other)
      throws IOException, URISyntaxException {
    Path source =
        Path.of(Objects.requireNonNull(PipelineGeneratorTest.class.getResource("/tiny")).toURI());
    Path copy = folder.resolve("changed");
    try (Stream<Path> files = Files.walk(source)) {
      for (Path from : files.filter(Files::isRegularFile).toList()) {
        Path to = copy.resolve(source.relativize(from).toString());
        Files.createDirectories(to.getParent());
        Files.copy(from, to);
      }
    }
    String json = Files.readString(copy.resolve(file));
    assertThat(json).contains(line);
    Files.writeString(copy.resolve(file), json.replace(line, other));
    return copy;
  }

  @Test
  void evaluationsAreCountedOnTheNoiseScheduleOfTheModel() throws Exception {
    Path model =
        changed("scheduler/scheduler_config.json", "{", "{\n  \"original_inference_steps\": 100,");
    EvaluationPoint point = SamplerConfig.of("TCD", "tcd").at(60);
    assertThat(settledBy(model, point).evaluations()).isEqualTo(60);
  }

  @Test
  void aGuidedStepCostsTwoEvaluations() {
    EvaluationPoint four = SamplerConfig.of("DDIM", "ddim").at(4);
    assertThat(generator.settle(four).evaluations()).isEqualTo(8);
    EvaluationPoint off = SamplerConfig.of("DDIM", "ddim").at(4, 1.0);
    assertThat(generator.settle(off).evaluations()).isEqualTo(4);
    EvaluationPoint heun = SamplerConfig.of("Heun", "heun").at(4, 1.0);
    assertThat(generator.settle(heun).evaluations()).isEqualTo(7);
  }

  @Test
  void theLoraBelongsToTheIdentity() {
    String with = generator.identity(SamplerConfig.of("TCD", "tcd", LORA).at(2));
    String without = generator.identity(SamplerConfig.of("TCD", "tcd").at(2));
    assertThat(with).startsWith("tiny ").contains(" 16x16 F32 ", " lora=");
    assertThat(without).doesNotContain("lora=");
  }

  @Test
  void anUnknownSamplerIsToldBeforeAnythingIsGenerated() {
    assertThatThrownBy(() -> generator.settle(SamplerConfig.of("X", "magic").at(2)))
        .hasMessageContaining("sampler must be one of")
        .hasMessageContaining("magic");
  }

  @Test
  void aWholeEvaluationRunsOnAModel() throws IOException {
    TinyPair.write(folder.resolve("pair"));
    Path captions = Files.writeString(folder.resolve("captions.txt"), "apple\npear\nfish\n");
    EvaluationSettings settings =
        EvaluationSettings.of(
            folder.resolve("pair"),
            List.of(SamplerConfig.of("TCD", "tcd", LORA), SamplerConfig.of("Euler", "euler")),
            List.of(1, 2),
            EvaluationData.of(null, captions),
            folder.resolve("out"));
    Results results =
        new EvaluationRun(settings, generator, path -> List.of(), EvaluationListener.SILENT).run();
    assertThat(results.measurements()).hasSize(4);
    assertThat(results.table().markdown()).contains("| TCD | off | 2 |", "| Euler | 7.5 | 2 |");
    assertThat(folder.resolve("out/gallery.png")).isNotEmptyFile();
  }
}
