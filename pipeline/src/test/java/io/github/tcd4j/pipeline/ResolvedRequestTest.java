package io.github.tcd4j.pipeline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.tcd4j.diffusion.sampler.Gamma;
import io.github.tcd4j.files.Hint;
import io.github.tcd4j.files.InvalidRequestException;
import io.github.tcd4j.files.Note;
import io.github.tcd4j.pipeline.checkpoint.ModelException;
import io.github.tcd4j.pipeline.checkpoint.ModelFolder;
import io.github.tcd4j.pipeline.lora.LoraSpec;
import io.github.tcd4j.pipeline.metadata.GenerationSettings;
import io.github.tcd4j.tensor.Device;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ResolvedRequestTest {
  private static final List<LoraSpec> NONE = List.of();

  @TempDir Path temporary;

  private static ResolvedRequest resolve(Request.Builder request) {
    return ResolvedRequest.of(Tiny.folder(), request.build(), Device.CPU);
  }

  @Test
  void whereTheModelHasATcdLoraThatDecides() {
    ResolvedRequest r = resolve(Request.builder("apple"));
    GenerationSettings s = r.settings();

    assertThat(s.sampler()).isEqualTo("tcd");
    assertThat(s.steps()).isEqualTo(3);
    assertThat(s.sampling().knobs().gamma()).isEqualTo(Gamma.of(0.25));
    assertThat(s.guided()).isFalse();
    assertThat(s.width()).isEqualTo(16);
    assertThat(s.height()).isEqualTo(16);
    assertThat(s.loras()).hasSize(1);
    assertThat(s.loras().get(0).name()).isEqualTo("tcd");
    assertThat(s.loras().get(0).sha256()).matches("[0-9a-f]{64}");
    assertThat(r.notes()).isEmpty();
  }

  @Test
  void withoutALoraTheUsualDefaultsHold() {
    GenerationSettings s = resolve(Request.builder("apple").loras(NONE)).settings();

    assertThat(s.sampler()).isEqualTo("ddim");
    assertThat(s.steps()).isEqualTo(25);
    assertThat(s.sampling().knobs().gamma()).isNull();
    assertThat(s.guidance()).isEqualTo(7.5);
    assertThat(s.loras()).isEmpty();
  }

  @Test
  void tcdWithoutALoraOfOursTakesFourStepsAndNoGuidance() {
    GenerationSettings s = resolve(Request.builder("apple").loras(NONE).sampler("tcd")).settings();

    assertThat(s.steps()).isEqualTo(4);
    assertThat(s.sampling().knobs().gamma()).isEqualTo(Gamma.of(0.3));
    assertThat(s.guidance()).isEqualTo(1);
  }

  @Test
  void aForeignLoraIsNeverGuessedAt() throws IOException {
    Path foreign = temporary.resolve("looks-like-tcd.safetensors");
    byte[] bytes = Files.readAllBytes(Tiny.path().resolve("loras/tcd.safetensors"));
    String header = new String(bytes, java.nio.charset.StandardCharsets.ISO_8859_1);
    Files.writeString(
        foreign, header.replace("tcd4j.", "other."), java.nio.charset.StandardCharsets.ISO_8859_1);
    List<LoraSpec> loras = List.of(new LoraSpec(foreign.toString(), 1));

    assertThat(resolve(Request.builder("apple").loras(loras)).settings().sampler())
        .isEqualTo("ddim");
  }

  @Test
  void whatTheUserSaysComesFirst() {
    GenerationSettings s =
        resolve(
                Request.builder("apple")
                    .sampler("euler")
                    .steps(9)
                    .guidance(3.0)
                    .size(32, 8)
                    .seed(5))
            .settings();

    assertThat(s.sampler()).isEqualTo("euler");
    assertThat(s.steps()).isEqualTo(9);
    assertThat(s.guidance()).isEqualTo(3);
    assertThat(s.width()).isEqualTo(32);
    assertThat(s.height()).isEqualTo(8);
    assertThat(s.seed()).isEqualTo(5);
  }

  @Test
  void timestepsSayHowManyStepsThereAre() {
    GenerationSettings s =
        resolve(Request.builder("apple").timesteps(List.of(999.0, 500.0, 20.0))).settings();

    assertThat(s.steps()).isEqualTo(3);
    assertThat(s.sampling().knobs().timesteps()).containsExactly(999.0, 500.0, 20.0);
  }

  @Test
  void aNegativePromptThatCannotActIsReported() {
    assertThat(resolve(Request.builder("apple").negative("green")).notes())
        .containsExactly(
            new Note(
                "the negative prompt has no effect: guidance is off; 5 is a usual value",
                Hint.GUIDANCE));
    assertThat(resolve(Request.builder("apple").negative("green").guidance(4.0)).notes()).isEmpty();
  }

  @Test
  void theModelsOwnLoraUnderAnotherSamplerIsReported() {
    assertThat(resolve(Request.builder("apple").sampler("ddim")).notes())
        .containsExactly(
            new Note("the model's tcd LoRA is active with the sampler ddim", Hint.NO_LORA));
  }

  @ParameterizedTest
  @CsvSource({"15, 16, width was 15; use 14 or 16", "16, 1, height was 1; use 2"})
  void aSizeThatTheModelCannotGenerateIsAnError(int width, int height, String message) {
    assertThatThrownBy(() -> resolve(Request.builder("apple").size(width, height)))
        .isInstanceOf(InvalidRequestException.class)
        .hasMessageContaining("multiples of 2 pixels")
        .hasMessageContaining(message);
  }

  @Test
  void moreStepsThanTcdsGridHasIsAnError() {
    assertThatThrownBy(() -> resolve(Request.builder("apple").steps(51)))
        .isInstanceOf(InvalidRequestException.class)
        .hasMessageContaining("51")
        .hasMessageContaining("50");
  }

  @Test
  void aPredictionThatTheScheduleDoesNotAllowIsAnErrorOfTheRequest() throws IOException {
    Path root = temporary.resolve("zero");
    Tiny.copy(FidelityCases.resource("sd2-v"), root);
    Path file = root.resolve("scheduler/scheduler_config.json");
    String zero = "\"rescale_betas_zero_snr\": ";
    Files.writeString(file, Files.readString(file).replace(zero + "false", zero + "true"));
    ModelFolder folder = ModelFolder.open("zero", root);
    Request wrong = Request.builder("apple").prediction("epsilon").build();

    assertThat(ResolvedRequest.of(folder, Request.builder("apple").build(), Device.CPU))
        .isNotNull();
    assertThatThrownBy(() -> ResolvedRequest.of(folder, wrong, Device.CPU))
        .isInstanceOf(InvalidRequestException.class)
        .hasMessageContaining("rescale_betas_zero_snr");
    String unknown = Files.readString(file).replace("scaled_linear", "sigmoid");
    Files.writeString(file, unknown);
    assertThatThrownBy(() -> ResolvedRequest.of(folder, wrong, Device.CPU))
        .isInstanceOf(ModelException.class)
        .hasMessageStartingWith("cannot use " + file + ": beta_schedule must be one of");
  }

  @Test
  void gammaForASamplerWithoutOneIsAnError() {
    assertThatThrownBy(() -> resolve(Request.builder("apple").sampler("ddim").gamma(0.3)))
        .isInstanceOf(InvalidRequestException.class)
        .hasMessageContaining("gamma does nothing with the sampler ddim");
  }

  @Test
  void aMissingLoraIsNamed() {
    assertThatThrownBy(
            () ->
                resolve(
                    Request.builder("apple").loras(List.of(LoraSpec.parse("no.safetensors:2")))))
        .isInstanceOf(InvalidRequestException.class)
        .hasMessageContaining("LoRA no.safetensors does not exist");
  }

  @Test
  void batchesFitTheMemoryUnlessTheUserSaysOtherwise() {
    assertThat(resolve(Request.builder("apple").count(100)).batch()).isEqualTo(16);
    assertThat(resolve(Request.builder("apple").count(3)).batch()).isEqualTo(3);
    assertThat(resolve(Request.builder("apple").count(9).size(128, 128)).batch()).isEqualTo(4);
    assertThat(resolve(Request.builder("apple").count(100).batch(20)).batch()).isEqualTo(20);
  }
}
