package io.github.tcd4j.cli.generate;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.tcd4j.cli.Tcd4j;
import io.github.tcd4j.cli.options.EmbeddedModel;
import io.github.tcd4j.diffusion.sampler.Gamma;
import io.github.tcd4j.images.png.PngMetadata;
import io.github.tcd4j.pipeline.metadata.GenerationSettings;
import io.github.tcd4j.pipeline.metadata.SettingsJson;
import io.github.tcd4j.pipeline.metadata.SizeConditioning;
import io.github.tcd4j.pipeline.prompt.PromptSettings;
import io.github.tcd4j.tensor.file.SafeTensors;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class GenerateCommandTest {
  @TempDir Path folder;

  private Tcd4j generate(Object... arguments) {
    Stream<Object> all =
        Stream.concat(
            Stream.of("generate", "-m", Tcd4j.tiny(), "-o", folder), Stream.of(arguments));
    return Tcd4j.run(all.toArray());
  }

  private static GenerationSettings settings(Path png) {
    return SettingsJson.read(png.toString(), PngMetadata.read(png).settings());
  }

  @Test
  void wordsBecomeOnePromptAndTheFileIsNamedFromIt() {
    Tcd4j run = generate("red", "apple,", "fluent", "3d", "style", "--seed", 5);

    assertThat(run.exitCode()).isZero();
    assertThat(run.paths()).containsExactly(folder.resolve("red-apple-fluent-3d-style.png"));
    assertThat(settings(run.paths().get(0)).prompt().text())
        .isEqualTo("red apple, fluent 3d style");
    assertThat(run.err()).contains("seed 5").contains("s/step");
  }

  @Test
  void theLoraOfTheModelDecidesWhatNobodySaid() {
    GenerationSettings s = settings(generate("apple").paths().get(0));

    assertThat(s.sampler()).isEqualTo("tcd");
    assertThat(s.guided()).isFalse();
    assertThat(s.loras()).singleElement().matches(lora -> lora.name().equals("tcd"));
  }

  @ParameterizedTest
  @EnumSource
  void theEmbeddedModelsGenerate(EmbeddedModel model) {
    String prompt = model.prompts().get(0);
    Path weights = Path.of("..").resolve(model.key());

    Tcd4j run = Tcd4j.run("generate", "-m", weights, prompt, "--steps", 2, "-o", folder);

    assertThat(run.exitCode()).as(run.err()).isZero();
    assertThat(settings(run.paths().get(0)).prompt().text()).isEqualTo(prompt);
  }

  @Test
  void aSeedThatNobodyChoseIsPrintedAndWritten() {
    Tcd4j run = generate("apple");

    long seed = settings(run.paths().get(0)).seed();
    assertThat(run.err()).contains("seed " + seed);
  }

  @Test
  void everyPictureOfACountHasItsOwnSeedAndNothingIsReplaced() {
    Tcd4j run = generate("apple", "--count", 3, "--seed", 7);
    Tcd4j again = generate("apple", "--seed", 7);

    assertThat(run.paths())
        .containsExactly(
            folder.resolve("apple.png"),
            folder.resolve("apple-2.png"),
            folder.resolve("apple-3.png"));
    assertThat(run.paths()).extracting(p -> settings(p).seed()).containsExactly(7L, 8L, 9L);
    assertThat(run.err()).contains("seeds 7 to 9");
    assertThat(again.paths()).containsExactly(folder.resolve("apple-4.png"));
  }

  @Test
  void allOptionsReachThePicture() {
    Path named = folder.resolve("new/named.png");
    Tcd4j run =
        Tcd4j.run(
            "generate",
            "apple",
            "-m",
            Tcd4j.tiny(),
            "-l",
            "tcd:0.5",
            "-n",
            "pear",
            "--sampler",
            "tcd",
            "--timesteps",
            "999,499",
            "--gamma",
            0.7,
            "--guidance",
            3,
            "--seed",
            9,
            "--size",
            "16x24",
            "--threads",
            1,
            "-o",
            named);

    assertThat(run.err()).doesNotContain("tcd4j: ");
    assertThat(run.paths()).containsExactly(named);
    GenerationSettings s = settings(named);
    assertThat(s.prompt().negative()).isEqualTo("pear");
    assertThat(s.sampling().knobs().timesteps()).containsExactly(999.0, 499.0);
    assertThat(s.sampling().knobs().gamma()).isEqualTo(Gamma.of(0.7));
    assertThat(s.guidance()).isEqualTo(3);
    assertThat(List.of(s.width(), s.height(), s.threads())).containsExactly(16, 24, 1);
    assertThat(s.loras().get(0).weight()).isEqualTo(0.5);
  }

  @Test
  void everyStepMayHaveAGammaOfItsOwn() throws Exception {
    Tcd4j run = generate("red apple", "--sampler", "tcd", "--gamma", "0.5,0.3,0", "--steps", 3);

    assertThat(run.err()).contains("gamma 0.5,0.3,0");
    GenerationSettings s = settings(run.paths().get(0));
    assertThat(s.sampling().knobs().gamma()).isEqualTo(Gamma.of(List.of(0.5, 0.3, 0.0)));
  }

  @Test
  void etaOfDdimIsKeptInThePicture() throws Exception {
    Tcd4j run =
        generate("red apple", "--sampler", "ddim", "--eta", 0.5, "--steps", 2, "--lora", "none");

    assertThat(settings(run.paths().get(0)).sampling().knobs().eta()).isEqualTo(0.5);
  }

  @Test
  void howAPromptIsReadAndWhatSizesAreToldIsKeptInThePicture() {
    Tcd4j run =
        generate(
            "(red:1.5) apple",
            "--prompt-syntax",
            "plain",
            "--clip-skip",
            2,
            "--original-size",
            "64x32",
            "--crop",
            "3,5");
    GenerationSettings s = settings(run.paths().get(0));

    assertThat(s.prompt())
        .isEqualTo(PromptSettings.PLAIN.withClipSkip(2).withText("(red:1.5) apple"));
    assertThat(s.size().conditioning())
        .isEqualTo(SizeConditioning.OWN.withOriginal(64, 32).withCrop(3, 5));
    assertThat(run.err()).contains("note: original size, crop and target size have no effect");
    assertThat(settings(generate("apple").paths().get(0)).prompt())
        .isEqualTo(PromptSettings.A1111.withText("apple"));
  }

  @Test
  void aPromptFileGivesOnePictureALineFromTheSameSeed() throws Exception {
    Path prompts = Files.writeString(folder.resolve("p.txt"), "red apple\n\n  blue heart \n");

    Tcd4j run = generate("--prompt-file", prompts, "--seed", 3);

    assertThat(run.paths())
        .containsExactly(folder.resolve("red-apple.png"), folder.resolve("blue-heart.png"));
    assertThat(run.paths()).extracting(p -> settings(p).seed()).containsOnly(3L);
  }

  @Test
  void promptsWithTheSameLorasAreGeneratedTogetherAndWrittenInTheirOrder() throws Exception {
    Path prompts =
        Files.writeString(folder.resolve("p.txt"), "apple\nheart\nfish <lora:tcd:0.5>\napple\n");

    Tcd4j run = generate("--prompt-file", prompts, "--seed", 3);

    assertThat(run.err().lines().filter(l -> l.startsWith("note: LoRA tcd: "))).hasSize(2);
    assertThat(run.err()).containsOnlyOnce("generating: 9 steps");
    assertThat(run.paths())
        .extracting(p -> p.getFileName().toString())
        .containsExactly("apple.png", "heart.png", "fish.png", "apple-2.png");
    assertThat(settings(run.paths().get(2)).loras())
        .extracting(l -> l.weight())
        .containsExactly(0.5);
  }

  @Test
  void latentsOfAllPicturesGoIntoOneFile() {
    Path latents = folder.resolve("latents.safetensors");

    generate("apple", "--count", 2, "--latents-out", latents);

    try (SafeTensors file = SafeTensors.open(latents)) {
      assertThat(file.names()).containsExactly("latents");
      assertThat(file.shape("latents")).hasSize(4).startsWith(2);
    }
  }

  @Test
  void loraNoneLeavesTheModelItsUsualSampler() {
    GenerationSettings s = settings(generate("apple", "-l", "none", "--steps", 2).paths().get(0));

    assertThat(s.loras()).isEmpty();
    assertThat(s.sampler()).isEqualTo("ddim");
    assertThat(s.guided()).isTrue();
  }

  @Test
  void aNegativePromptThatCannotActIsSaidAloud() {
    Tcd4j run = generate("apple", "-n", "pear");

    assertThat(run.exitCode()).isZero();
    assertThat(run.err()).contains("note: the negative prompt has no effect: guidance is off");
  }

  @Test
  void guidanceOffIsAScaleOfOne() {
    GenerationSettings s = settings(generate("apple", "--guidance", "off").paths().get(0));

    assertThat(s.guidance()).isEqualTo(1);
  }

  @Test
  void helpIsGrouped() {
    String help = Tcd4j.run("generate", "--help").out();

    assertThat(help)
        .contains("Prompt", "Model", "Sampling", "Pictures", "Machine")
        .contains("-m, --model", "-l, --lora", "-n, --negative", "-o, --output")
        .contains("One of tcd, tcd-2s", "ddim, euler", "dpm++2m");
  }

  @Test
  void shellCompletionKnowsTheSamplers() {
    Tcd4j run = Tcd4j.run("generate-completion");

    assertThat(run.exitCode()).isZero();
    assertThat(run.out()).contains("complete -F").contains("dpm++2m");
  }

  @Test
  void aMistakeInALaterPromptIsReportedBeforeTheFirstPicture() throws Exception {
    Path prompts =
        Files.writeString(
            folder.resolve("prompts.txt"), "red apple\nred <lora:not-there:1> apple\n");
    Tcd4j run = generate("--prompt-file", prompts);

    assertThat(run.exitCode()).as(run.err()).isEqualTo(2);
    assertThat(run.sentence()).contains("not-there");
    assertThat(run.paths()).isEmpty();
  }
}
