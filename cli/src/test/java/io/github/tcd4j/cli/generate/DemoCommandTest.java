package io.github.tcd4j.cli.generate;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.tcd4j.cli.Tcd4j;
import io.github.tcd4j.cli.console.ExitCode;
import java.awt.image.BufferedImage;
import java.nio.file.Files;
import java.nio.file.Path;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DemoCommandTest {
  @TempDir Path folder;

  @Test
  void oneSheetShowsTeacherLcmTcdAndGamma() throws Exception {
    Path model = Tcd4j.tinyCopy(folder.resolve("model"));
    Files.copy(model.resolve("loras/tcd.safetensors"), model.resolve("loras/lcm.safetensors"));

    Tcd4j run =
        Tcd4j.run(
            "demo",
            "-m",
            model,
            "--prompt",
            "red apple",
            "--prompt",
            "cat face",
            "-o",
            folder.resolve("sheet.png"));

    assertThat(run.exitCode()).as(run.err()).isZero();
    assertThat(run.err()).contains("demo 15/15: TCD, 8 steps, gamma, 1");
    BufferedImage sheet = ImageIO.read(run.paths().get(0).toFile());
    assertThat(sheet.getWidth()).isGreaterThan(15 * 128);
    assertThat(sheet.getHeight()).isBetween(2 * 128 + 60, 4 * 128);
  }

  @Test
  void aModelWithoutTheLorasIsRefusedBeforeAnythingIsGenerated() {
    Tcd4j run = Tcd4j.run("demo", "-m", Tcd4j.tiny(), "-o", folder);

    assertThat(run.sentence()).isEqualTo("LoRA lcm does not exist; the model's own are [tcd]");
    assertThat(run.exitCode()).isEqualTo(ExitCode.USAGE);
    assertThat(folder).isEmptyDirectory();
  }

  @Test
  void theSheetOfAdaptersLeavesOutWhatTheModelHasNoneFor() throws Exception {
    Path model = Path.of("..", "emoji");
    Tcd4j run =
        Tcd4j.run(
            "demo",
            "adapters",
            "-m",
            model,
            "--adapters",
            folder.resolve("none"),
            "-o",
            folder.resolve("sheet.png"));

    assertThat(run.exitCode()).as(run.err()).isZero();
    assertThat(run.err())
        .contains(
            "demo adapters: img2img", "demo adapters: outpainting", "demo adapters: upscaling")
        .contains("note: edges to picture is left out: " + folder.resolve("none"))
        .contains("note: picture as prompt is left out: " + folder.resolve("none"))
        .doesNotContain("demo adapters: edges");
    BufferedImage sheet = ImageIO.read(run.paths().get(0).toFile());
    assertThat(sheet.getHeight()).isBetween(4 * 128, 6 * 128);
  }

  @Test
  void theEmbeddedModelHasARowForEachOfItsAdapters() throws Exception {
    Tcd4j run =
        Tcd4j.run("demo", "adapters", "-m", Path.of("..", "emoji"), "-o", folder.resolve("s.png"));

    assertThat(run.exitCode()).as(run.err()).isZero();
    assertThat(run.err())
        .contains("demo adapters: edges to picture", "demo adapters: picture as prompt")
        .doesNotContain("left out");
    BufferedImage sheet = ImageIO.read(run.paths().get(0).toFile());
    assertThat(sheet.getHeight()).isBetween(6 * 128, 8 * 128);
  }
}
