package io.github.tcd4j.cli.evaluate;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.tcd4j.cli.Tcd4j;
import io.github.tcd4j.cli.console.ExitCode;
import io.github.tcd4j.images.Image;
import io.github.tcd4j.images.png.PngWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is said where something is missing; the figures have tests of their own. */
class PicturesCommandTest {
  @TempDir Path folder;

  @BeforeEach
  void makePictures() throws Exception {
    Files.createDirectories(folder.resolve("pictures"));
    Files.createDirectories(folder.resolve("weights"));
    for (int i = 0; i < 3; i++) {
      PngWriter.write(
          folder.resolve("pictures/" + i + ".png"), new Image(2, 2, new byte[12]), Map.of());
    }
  }

  private Tcd4j run(Object... more) throws Exception {
    Stream<Object> usual =
        Stream.of(
            "evaluate",
            "pictures",
            folder.resolve("pictures"),
            "--weights",
            folder.resolve("weights"),
            "-o",
            folder.resolve("out"));
    return Tcd4j.run(Stream.concat(usual, Stream.of(more)).toArray());
  }

  @Test
  void theOptionThatHelpsIsNamed() throws Exception {
    Files.writeString(folder.resolve("weights/pt_inception-2015-12-05-6726825d.pth"), "none");
    Object pictures = folder.resolve("pictures");

    Tcd4j small = run("--measures", "fid", "--reference", pictures);
    assertThat(small.exitCode()).isEqualTo(ExitCode.USAGE);
    assertThat(small.err()).contains("biased upwards", "--allow-small gives it all the same");

    Tcd4j alone = run("--measures", "fid", "--allow-small");
    assertThat(alone.err()).contains("use --reference DIR|STATS.npz");

    Tcd4j untold = run("--measures", "pickscore");
    assertThat(untold.err()).contains("use --captions FILE");
  }

  @Test
  void missingAndWrongWeightsAreNamed() throws Exception {
    Tcd4j missing = run("--measures", "is", "--allow-small");
    assertThat(missing.exitCode()).isNotZero();
    Tcd4j none = run("--measures", "aesthetic");
    assertThat(none.exitCode()).isEqualTo(ExitCode.FAILED);
    assertThat(none.err()).contains("sac+logos+ava1-l14-linearMSE.pth", "is expected there");

    Files.writeString(folder.resolve("weights/ck.pth"), "this is no torch file");
    Tcd4j wrong = run("--measures", "complexity");
    assertThat(wrong.exitCode()).isEqualTo(ExitCode.FAILED);
    assertThat(wrong.err()).contains("ck.pth").doesNotContain("Exception", "\tat ");
  }

  @Test
  void unknownMeasuresAndModesAreAnsweredByTheKnownOnes() throws Exception {
    assertThat(run("--measures", "lpips").err()).contains("there is no measure 'lpips'", "cmmd");
    Tcd4j mode = run("--fid-mode", "legacy");
    assertThat(mode.exitCode()).isEqualTo(ExitCode.USAGE);
    assertThat(mode.err()).contains("pytorch-fid, clean, tf1");
  }

  @Test
  void aFolderWithoutPicturesIsSaidToBeOne() throws Exception {
    Path empty = Files.createDirectories(folder.resolve("empty"));
    Tcd4j run = Tcd4j.run("evaluate", "pictures", empty, "-o", folder.resolve("out"));
    assertThat(run.exitCode()).isEqualTo(ExitCode.USAGE);
    assertThat(run.err()).contains("empty has no picture");
  }
}
