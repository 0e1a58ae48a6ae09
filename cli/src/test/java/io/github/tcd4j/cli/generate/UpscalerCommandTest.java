package io.github.tcd4j.cli.generate;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.tcd4j.cli.Tcd4j;
import io.github.tcd4j.cli.console.ExitCode;
import io.github.tcd4j.tensor.file.SafeTensors;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Commands with an upscaler as model. */
class UpscalerCommandTest {
  @TempDir Path folder;

  private Path model;
  private Path picture;

  @BeforeEach
  void files() throws IOException {
    Path fixtures = Tcd4j.tiny().resolveSibling("upscale");
    model = fixtures.resolve("x4");
    picture = Files.copy(fixtures.resolve("source.png"), folder.resolve("small.png"));
  }

  private Tcd4j upscale(Object... more) {
    Stream<Object> all =
        Stream.of("upscale", picture, "-m", model, "-o", folder.resolve("out"), "--seed", 5);
    return Tcd4j.run(Stream.concat(all, Stream.of(more)).toArray());
  }

  @Test
  void aPictureIsEnlargedFourTimesAndReplayedWithItsNoiseLevelOrAnother() {
    Tcd4j run = upscale("-p", "an apple", "--noise-level", 40, "--steps", 3);
    assertThat(run.exitCode()).as(run.err()).isEqualTo(ExitCode.OK);
    assertThat(run.err()).contains("noise level 40", "guidance 9", "64x48");
    Path made = run.paths().get(0);
    assertThat(made).hasFileName("small-upscaled.png");

    assertThat(Tcd4j.run("metadata", "--json", made).out())
        .contains("\"noiseLevel\" : 40", "\"file\" : \"small.png\"");
    assertThat(Tcd4j.run("metadata", made).out()).contains("Noise level: 40");
    Tcd4j again = replay(made);
    assertThat(again.err()).contains("the same bytes as " + made);
    Tcd4j sheet = replay(made, "--noise-level", "0,350");
    assertThat(sheet.exitCode()).as(sheet.err()).isEqualTo(ExitCode.OK);
    assertThat(replay(made, "--noise-level", 351).sentence())
        .isEqualTo(
            "the noise level of this upscaler must be in [0, 350] but was 351; more noise lets it"
                + " make up more, less keeps it to the picture");
  }

  @Test
  void theLatentsOfOnePictureAreWritten() {
    Path latents = folder.resolve("latents.safetensors");
    Tcd4j run = upscale("--steps", 2, "--latents-out", latents);
    assertThat(run.exitCode()).as(run.err()).isEqualTo(ExitCode.OK);
    assertThat(run.paths()).hasSize(2).endsWith(latents);
    try (SafeTensors file = SafeTensors.open(latents)) {
      // As large as the small picture.
      assertThat(file.shape("latents")).containsExactly(1, 4, 12, 16);
    }
    refused(
        upscale(picture, "--latents-out", latents),
        "--latents-out is for one picture, whose size its latents have, but 2 were given");
    refused(
        upscale("--latents-out", folder.resolve("none/x")),
        "--latents-out must name a file in a folder that is there but was "
            + folder.resolve("none/x"));
  }

  private Tcd4j replay(Path made, Object... more) {
    Stream<Object> all =
        Stream.of("replay", made, "-m", model, "--input", picture, "-o", folder.resolve("again"));
    return Tcd4j.run(Stream.concat(all, Stream.of(more)).toArray());
  }

  @Test
  void windowsAreOffUntilTheyAreChosen() {
    assertThat(Tcd4j.run("metadata", "--json", made("--steps", 1)).out()).doesNotContain("tile");
    assertThat(Tcd4j.run("metadata", "--json", made("--steps", 1, "--tile", 32)).out())
        .contains("\"tile\" : 32", "\"overlap\" : 8");
  }

  private Path made(Object... more) {
    Tcd4j run = upscale(more);
    assertThat(run.exitCode()).as(run.err()).isEqualTo(ExitCode.OK);
    return run.paths().get(0);
  }

  private static void refused(Tcd4j run, String sentence) {
    assertThat(run.sentence()).isEqualTo(sentence);
    assertThat(run.exitCode()).isEqualTo(ExitCode.USAGE);
    assertThat(List.of(run.out())).containsExactly("");
  }

  @Test
  void whatCannotBeIsOneSentence() {
    refused(
        Tcd4j.run("generate", "a cat", "-m", model),
        "this is an upscaler, which only enlarges pictures; use tcd4j upscale PICTURE --model MODEL");
    refused(
        upscale("--noise-level", 400),
        "the noise level of this upscaler must be in [0, 350] but was 400; more noise lets it make"
            + " up more, less keeps it to the picture");
    refused(
        upscale("--noise-level", -1),
        "the noise level of an upscaler must be at least 0 but was -1");
    refused(
        upscale("--scale", 2),
        "this upscaler enlarges 4 times, but the scale was 2.0; leave it out");
    refused(
        upscale("--strength", 0.4),
        "an upscaler starts from noise next to the picture, so that masks, margins, strength and"
            + " image guidance have no effect; the noise level says how much it makes up");
    refused(
        Tcd4j.run("upscale", picture, "-m", Tcd4j.tiny(), "--noise-level", 20),
        "a noise level has an effect only in an upscaler (StableDiffusionUpscalePipeline); this"
            + " model generates the enlarged picture anew, which strength controls");
  }

  @Test
  void doctorReportsWhatAnUpscalerNeeds() {
    Tcd4j run = Tcd4j.run("doctor", model, "--size", "4096x4096");

    assertThat(run.exitCode()).as(run.err()).isZero();
    assertThat(run.out()).contains("a picture of 4096x4096 needs about");
  }
}
