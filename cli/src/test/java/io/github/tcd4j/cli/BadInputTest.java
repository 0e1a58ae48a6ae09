package io.github.tcd4j.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.tcd4j.cli.console.ExitCode;
import io.github.tcd4j.diffusion.sampler.registry.SamplerDescriptor;
import io.github.tcd4j.diffusion.sampler.registry.Samplers;
import io.github.tcd4j.images.Image;
import io.github.tcd4j.images.png.PngWriter;
import io.github.tcd4j.tensor.DType;
import io.github.tcd4j.tensor.Scope;
import io.github.tcd4j.tensor.Tensor;
import io.github.tcd4j.tensor.file.SafeTensorsWriter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Each mistake: one clear sentence, the right exit code, no stack trace, nothing half-written. */
class BadInputTest {
  @TempDir Path folder;

  private Tcd4j generate(Object... arguments) {
    Path out = folder.resolve("out");
    Stream<Object> all =
        Stream.concat(
            Stream.of("generate", "apple", "-m", Tcd4j.tiny(), "-o", out), Stream.of(arguments));
    return Tcd4j.run(all.toArray());
  }

  private void refused(Tcd4j run, int exitCode, String sentence) throws IOException {
    assertThat(run.sentence()).isEqualTo(sentence);
    assertThat(run.exitCode()).isEqualTo(exitCode);
    assertThat(run.out()).isEmpty();
    Path out = folder.resolve("out");
    if (Files.exists(out)) {
      assertThat(out).isEmptyDirectory();
    }
  }

  @Test
  void anUnknownSampler() throws Exception {
    refused(
        generate("--sampler", "plms"),
        ExitCode.USAGE,
        "sampler must be one of "
            + Samplers.all().stream().map(SamplerDescriptor::name).collect(Collectors.joining(", "))
            + " but was plms");
  }

  @Test
  void aNoiseScheduleThatTheModelGotWrongIsTheFilesFault() throws Exception {
    Path model = Tcd4j.tinyCopy(folder.resolve("model"));
    Path file = model.resolve("scheduler/scheduler_config.json");
    String right = Files.readString(file);
    for (String[] wrong :
        new String[][] {
          {"\"beta_schedule\": *\"scaled_linear\"", "\"beta_schedule\": \"sigmoid\""},
          {"\"prediction_type\": *\"epsilon\"", "\"prediction_type\": \"flow\""}
        }) {
      Files.writeString(file, right.replaceFirst(wrong[0], wrong[1]));
      String value = wrong[1].replaceAll(".* \"|\"", "");
      Tcd4j run = Tcd4j.run("generate", "a", "-m", model, "-o", folder.resolve("out"));
      assertThat(run.sentence()).startsWith("cannot use " + file + ": ").endsWith("was " + value);
      assertThat(run.exitCode()).isEqualTo(ExitCode.FAILED);
    }
    Files.writeString(file, right);
    Tcd4j run = Tcd4j.run("generate", "a", "-m", model, "--sampler", "tcd", "--steps", 2000);
    assertThat(run.exitCode()).isEqualTo(ExitCode.USAGE);
    assertThat(run.sentence()).doesNotContain("scheduler_config");
  }

  @Test
  void gammaOutOfRange() throws Exception {
    refused(
        generate("--gamma", 7.5),
        ExitCode.USAGE,
        "gamma must be in [0, 1] but was 7.5; classifier-free guidance is another setting; use --guidance X");
  }

  @Test
  void gammasThatAreNotOneForEachStep() throws Exception {
    refused(
        generate("--gamma", "0.5,0.3,0", "--steps", 4, "--sampler", "tcd"),
        ExitCode.USAGE,
        "gamma must be one number, or one for each of the 4 steps, but were 3");
    refused(
        generate("--gamma", "0.5,1.5", "--steps", 2, "--sampler", "tcd"),
        ExitCode.USAGE,
        "gamma must be in [0, 1] but was 1.5; classifier-free guidance is another setting; use --guidance X");
  }

  @Test
  void timestepsThatDoNotFall() throws Exception {
    refused(
        generate("--timesteps", "999,259,499", "--sampler", "tcd"),
        ExitCode.USAGE,
        "timesteps must descend but 499.0 follows 259.0");
  }

  @Test
  void etaWhereNothingHearsIt() throws Exception {
    refused(
        generate("--eta", 0.5, "--sampler", "tcd"),
        ExitCode.USAGE,
        "eta does nothing with the sampler tcd; leave it out, or choose one of [ddim]");
  }

  @Test
  void anUnknownPromptSyntaxAndAnEmbeddingThatIsNotThere() {
    assertThat(generate("--prompt-syntax", "comfy").sentence())
        .contains("prompt syntax must be plain or a1111 but was comfy");
    assertThat(generate("--embedding", "nowhere.safetensors").sentence())
        .isEqualTo("embedding nowhere.safetensors does not exist");
    assertThat(generate("--clip-skip", 0).sentence())
        .isEqualTo("clip skip must be at least 1, the last layer, but was 0");
  }

  @Test
  void noSteps() throws Exception {
    refused(generate("--steps", 0), ExitCode.USAGE, "steps must be at least 1 but was 0");
  }

  @Test
  void moreStepsThanTheGridOfTheDistillationHas() throws Exception {
    refused(
        generate("--steps", 51),
        ExitCode.USAGE,
        "steps must be in [1, 50] on the grid of the distillation but was 51; for more, list the"
            + " time steps; use --timesteps LIST");
  }

  @Test
  void aSizeThatTheModelCannotGenerate() throws Exception {
    assertThat(generate("--size", "17x16").sentence())
        .startsWith("this model generates multiples of ")
        .contains("width was 17");
    assertThat(generate("--size", "17x16").exitCode()).isEqualTo(ExitCode.USAGE);
  }

  @Test
  void aSizeThatIsNone() throws Exception {
    refused(
        generate("--size", "large"),
        ExitCode.USAGE,
        "Invalid value for option '--size': size must be WIDTHxHEIGHT, such as 512x768, but was"
            + " large");
  }

  @Test
  void aLoraThatMatchesNothing() throws Exception {
    Path lora = folder.resolve("foreign.safetensors");
    try (Scope scope = Scope.inference()) {
      SafeTensorsWriter.write(
          lora,
          Map.of(
              "unet.nowhere.to_q.lora_A.weight", Tensor.full(1, DType.F32, 2, 8),
              "unet.nowhere.to_q.lora_B.weight", Tensor.full(1, DType.F32, 8, 2)),
          Map.of());
    }

    Tcd4j run = generate("--lora", lora, "--sampler", "tcd");

    assertThat(run.sentence()).contains("foreign.safetensors").contains("no");
    assertThat(run.exitCode()).isEqualTo(ExitCode.FAILED);
    assertThat(folder.resolve("out")).isEmptyDirectory();
  }

  @Test
  void aPictureWithoutSettings() {
    Path png = folder.resolve("plain.png");
    PngWriter.write(png, new Image(1, 1, new byte[3]), Map.of());

    Tcd4j replay = Tcd4j.run("replay", png);
    Tcd4j metadata = Tcd4j.run("metadata", png);

    assertThat(replay.sentence())
        .isEqualTo(png + " contains no tcd4j settings to generate it again from");
    assertThat(replay.exitCode()).isEqualTo(ExitCode.FAILED);
    assertThat(metadata.sentence()).isEqualTo(png + " holds no settings");
    assertThat(metadata.exitCode()).isEqualTo(ExitCode.FAILED);
  }

  @Test
  void aPictureThatIsNone() throws Exception {
    Path text = Files.writeString(folder.resolve("a.png"), "not a picture");

    assertThat(Tcd4j.run("metadata", text).sentence()).isEqualTo(text + " is not a PNG file");
    assertThat(Tcd4j.run("replay", folder.resolve("b.png")).sentence())
        .isEqualTo(folder.resolve("b.png") + " does not exist");
  }

  @Test
  void noPromptAndTwoSourcesOfPrompts() throws Exception {
    Path prompts = Files.writeString(folder.resolve("prompts.txt"), "apple");

    assertThat(Tcd4j.run("generate", "-m", Tcd4j.tiny()).sentence())
        .startsWith("there is no prompt");
    refused(
        generate("--prompt-file", prompts),
        ExitCode.USAGE,
        "a prompt and --prompt-file exclude each other");
  }

  @Test
  void anUnknownOptionNamesTheOneThatWasMeant() {
    Tcd4j run = generate("--gama", 0.3);

    assertThat(run.exitCode()).isEqualTo(ExitCode.USAGE);
    assertThat(run.err()).contains("Unknown option: '--gama'").contains("--gamma");
  }

  @Test
  void anOutputThatIsNoPng() throws Exception {
    Tcd4j run = Tcd4j.run("generate", "apple", "-m", Tcd4j.tiny(), "-o", "apple.jpg");

    assertThat(run.sentence())
        .isEqualTo("--output must end in .png, or be a folder, but was apple.jpg");
    assertThat(run.exitCode()).isEqualTo(ExitCode.USAGE);
  }

  @Test
  void aRecipeWithAnUnknownKey() throws Exception {
    Path recipe =
        Files.writeString(
            folder.resolve("r.yaml"), Files.readString(recipe("teacher")) + "learning_rate: 1\n");

    Tcd4j run = Tcd4j.run("train", recipe, "--run", folder.resolve("run"));

    assertThat(run.sentence())
        .startsWith(recipe + ": unknown entry learning_rate; known are accumulate, batch,");
    assertThat(run.exitCode()).isEqualTo(ExitCode.USAGE);
    assertThat(folder.resolve("run")).doesNotExist();
  }

  @Test
  void aValueOfARecipeThatIsNone() {
    Tcd4j run = Tcd4j.run("train", recipe("teacher"), "--set", "rate.peak=[");

    assertThat(run.sentence()).isEqualTo("override rate.peak=[: the value is no YAML");
    assertThat(run.exitCode()).isEqualTo(ExitCode.USAGE);
  }

  @Test
  void anEmptyShard() throws Exception {
    Path data = Files.createDirectories(folder.resolve("data"));
    // A tar archive without a member: two blocks of zeros.
    Files.write(data.resolve("empty-0000.tar"), new byte[1024]);

    Tcd4j run =
        Tcd4j.run(
            "train",
            recipe("autoencoder"),
            "--set",
            "data=" + data,
            "--run",
            folder.resolve("run"));

    assertThat(run.sentence()).contains("empty-0000.tar holds no sample");
    assertThat(run.exitCode()).isEqualTo(ExitCode.FAILED);
    assertThat(folder.resolve("run").resolve("recipe.yaml")).doesNotExist();
  }

  @Test
  void aFullDisk() throws Exception {
    Path full = Path.of(System.getProperty("tcd4j.fullDisk", "/dev/shm/tcd4j-full-disk"));
    assumeTrue(FullDisk.mount(full), "only root on Linux can mount a disk of one page");
    try {
      Tcd4j run = Tcd4j.run("generate", "apple", "-m", Tcd4j.tiny(), "-o", full);

      assertThat(run.sentence())
          .isEqualTo("cannot write " + full.resolve("apple.png") + ": No space left on device");
      assertThat(run.exitCode()).isEqualTo(ExitCode.FAILED);
      assertThat(full).isDirectoryNotContaining(f -> !f.getFileName().toString().equals("filler"));
    } finally {
      FullDisk.unmount(full);
    }
  }

  @Test
  void aFullDiskWhereARunWouldBegin() throws Exception {
    Path full = Path.of(System.getProperty("tcd4j.fullDisk", "/dev/shm/tcd4j-full-disk") + "-runs");
    assumeTrue(FullDisk.mount(full), "only root on Linux can mount a disk of one page");
    try {
      Path emoji = Path.of("..", "emoji");
      Tcd4j evaluation =
          Tcd4j.run(
              "evaluate",
              "-m",
              emoji,
              "--captions",
              emoji.resolve("data/thirty-six.txt"),
              "--reference",
              "none",
              "-o",
              full.resolve("measured"));
      Tcd4j training =
          Tcd4j.run(
              "train",
              recipe("autoencoder"),
              "--set",
              "data=../emoji/data/validation",
              "--set",
              "settings.validation=../emoji/data/validation",
              "--run",
              full.resolve("trained"));

      assertThat(evaluation.sentence())
          .isEqualTo(
              "cannot write "
                  + full.resolve("measured/settings.json")
                  + ": No space left on device");
      assertThat(evaluation.exitCode()).isEqualTo(ExitCode.FAILED);
      assertThat(full.resolve("measured")).isEmptyDirectory();
      assertThat(training.sentence())
          .isEqualTo(
              "cannot write " + full.resolve("trained/recipe.yaml") + ": No space left on device");
      assertThat(training.exitCode()).isEqualTo(ExitCode.FAILED);
      assertThat(full.resolve("trained/recipe.yaml")).doesNotExist();
    } finally {
      FullDisk.unmount(full);
    }
  }

  @Test
  void verboseShowsWhere() {
    Tcd4j run = generate("--gamma", 7.5, "--verbose");

    assertThat(run.err()).contains("\tat io.github.tcd4j.diffusion.sampler.Gamma.check");
  }

  private static Path recipe(String name) {
    return Path.of("..", "recipes", name + ".yaml");
  }
}
