package io.github.tcd4j.pipeline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.tcd4j.diffusion.sampler.Gamma;
import io.github.tcd4j.diffusion.sampler.Sampler;
import io.github.tcd4j.diffusion.sampler.SamplerSettings;
import io.github.tcd4j.diffusion.sampler.SchedulerConfig;
import io.github.tcd4j.diffusion.sampler.registry.Samplers;
import io.github.tcd4j.files.InvalidRequestException;
import io.github.tcd4j.images.png.PngException;
import io.github.tcd4j.images.png.PngWriter;
import io.github.tcd4j.pipeline.lora.LoraSpec;
import io.github.tcd4j.pipeline.metadata.GenerationSettings;
import io.github.tcd4j.pipeline.metadata.SettingsJson;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ReplayTest {
  private static final SamplerSettings ONE = SamplerSettings.ofSteps(1);

  @TempDir Path folder;

  private TextToImage model;

  @BeforeAll
  void load() {
    model = Tiny.load();
  }

  @AfterAll
  void free() {
    model.close();
  }

  private Path generated(Request.Builder request, int index) {
    Path file = folder.resolve("picture.png");
    model.generate(request.build(), Progress.SILENT).get(index).write(file);
    return file;
  }

  private byte[] again(Replay replay, Request request) throws IOException {
    Path file = folder.resolve("again.png");
    replay.generate(model, request, Progress.SILENT).write(file);
    return Files.readAllBytes(file);
  }

  @Test
  void aPictureIsGeneratedAgainToTheSameBytes() throws IOException {
    Request.Builder request =
        Request.builder("红苹果 " + Tiny.PROMPT)
            .negative("verde")
            .sampler("euler")
            .timesteps(List.of(900.0, 450.5, 3.0))
            .guidance(2.5)
            .seed(9)
            .count(2)
            .loras(List.of(new LoraSpec("tcd", 0.3)));
    Path file = generated(request, 1);
    Replay replay = Replay.of(file);

    assertThat(again(replay, replay.request())).isEqualTo(Files.readAllBytes(file));
    assertThat(replay.differences(model.resolve(replay.request()).settings())).isEmpty();
  }

  @Test
  void aChangeChangesThePictureAndNothingElse() throws IOException {
    Path file = generated(Request.builder(Tiny.PROMPT).seed(9).gamma(0.3), 0);
    Replay replay = Replay.of(file);
    Request changed = replay.with(r -> r.gamma(0.9));

    assertThat(changed).isEqualTo(replay.request().toBuilder().gamma(0.9).build());
    assertThat(again(replay, changed)).isNotEqualTo(Files.readAllBytes(file));
    assertThat(replay.with(r -> r)).isEqualTo(replay.request());
  }

  @Test
  void whatTheNewSamplerDoesNotKnowIsDropped() {
    Replay replay = Replay.of(generated(Request.builder(Tiny.PROMPT).gamma(0.3).steps(3), 0));
    Request ddim = replay.with(r -> r.sampler("ddim"));

    assertThat(ddim.sampling().knobs().gamma()).isNull();
    assertThat(ddim.sampling().knobs().steps()).isEqualTo(3);
  }

  @Test
  void gammasOfEachStepAndEtaAreKept() throws IOException {
    Gamma gammas = Gamma.of(List.of(0.5, 0.0));
    Path file = generated(Request.builder(Tiny.PROMPT).sampler("tcd").gamma(gammas).steps(2), 0);
    Replay replay = Replay.of(file);

    assertThat(again(replay, replay.request())).isEqualTo(Files.readAllBytes(file));
    assertThat(replay.with(r -> r.seed(4)).sampling().knobs().gamma()).isEqualTo(gammas);
    assertThat(replay.with(r -> r.gamma(0.2)).sampling().knobs().gamma()).isEqualTo(Gamma.of(0.2));
    Replay ddim = Replay.of(generated(Request.builder("a").sampler("ddim").eta(0.5).steps(2), 0));
    assertThat(ddim.with(r -> r.seed(4)).sampling().knobs().eta()).isEqualTo(0.5);
    assertThat(ddim.with(r -> r.sampler("tcd")).sampling().knobs().eta()).isNull();
  }

  @Test
  void stepsTakeThePlaceOfTimesteps() {
    Replay replay = Replay.of(generated(Request.builder("a").timesteps(List.of(999.0, 499.0)), 0));

    assertThat(replay.with(r -> r.steps(4)).sampling().knobs().timesteps()).isNull();
    assertThat(replay.with(r -> r.gamma(0.5)).sampling().knobs().timesteps())
        .containsExactly(999.0, 499.0);
  }

  @Test
  void whatIsNotTheSameAnyMoreIsReported() {
    Replay replay = Replay.of(generated(Request.builder("a").steps(1), 0));
    GenerationSettings now = model.resolve(replay.request()).settings();
    String json =
        SettingsJson.write(now)
            .replace(now.model().fingerprint(), "other")
            .replace(now.loras().get(0).sha256(), "changed");

    assertThat(replay.differences(SettingsJson.read("x", json)))
        .hasSize(2)
        .anySatisfy(d -> assertThat(d).startsWith("the model's weights: other, was "))
        .anySatisfy(d -> assertThat(d).startsWith("the LoRA tcd: changed, was "));
  }

  @Test
  void aPictureOfAnotherProgramCannotBeGeneratedAgain() {
    Path file = folder.resolve("foreign.png");
    Picture any = model.generate(Request.builder("a").steps(1).build(), Progress.SILENT).get(0);
    PngWriter.write(file, any.image(), Map.of());

    assertThatThrownBy(() -> Replay.of(file))
        .isInstanceOf(PngException.class)
        .hasMessageContaining("contains no tcd4j settings");
  }

  @Test
  void aPictureOfTheProgramsOwnSamplerOrHookSaysSoAndCannotBeReplayed() {
    Sampler euler = Samplers.named("euler").plan(SchedulerConfig.DEFAULTS, ONE).sampler();
    for (Request.Builder request :
        List.of(
            Request.builder("a").steps(1).sampler(euler),
            Request.builder("a").steps(1).hook((node, next, x, x0) -> x))) {
      Path file = generated(request, 0);

      assertThatThrownBy(() -> Replay.of(file))
          .isInstanceOf(InvalidRequestException.class)
          .hasMessage(
              "the picture was made with a sampler or step hook of the calling program's own, which"
                  + " it cannot carry; run that program again");
    }
  }
}
