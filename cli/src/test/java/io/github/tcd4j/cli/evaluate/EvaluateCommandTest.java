package io.github.tcd4j.cli.evaluate;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.tcd4j.cli.Tcd4j;
import io.github.tcd4j.cli.console.ExitCode;
import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.List;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** On the embedded model and its text-image pair. */
class EvaluateCommandTest {
  private static final Path EMOJI = Path.of("..", "emoji");

  @TempDir Path folder;

  private Tcd4j evaluate(Object... more) throws Exception {
    Path captions = folder.resolve("captions.txt");
    Files.writeString(
        captions, "red apple, noto style\nblue heart, noto style\ncat face, blob style\n");
    Stream<Object> usual =
        Stream.of(
            "evaluate",
            "-m",
            EMOJI,
            "--captions",
            captions,
            "--reference",
            "none",
            "--resamples",
            20,
            "-o",
            folder.resolve("out"));
    return Tcd4j.run(Stream.concat(usual, Stream.of(more)).toArray());
  }

  private List<FileTime> pictureTimes() throws Exception {
    try (Stream<Path> files = Files.walk(folder.resolve("out/pictures"))) {
      return files
          .filter(f -> f.toString().endsWith(".png"))
          .sorted()
          .map(f -> FileTime.fromMillis(f.toFile().lastModified()))
          .toList();
    }
  }

  @Test
  void tablesAndPlotsAreWrittenAndNothingIsGeneratedTwice() throws Exception {
    Tcd4j run = evaluate("--sampler", "tcd,ddim", "--steps", "1,2", "--guidance", 4);
    List<FileTime> generated = pictureTimes();
    Tcd4j again = evaluate("--sampler", "tcd,ddim", "--steps", "1,2", "--guidance", 4);

    assertThat(run.exitCode()).as(run.err()).isZero();
    assertThat(run.out())
        .contains("| TCD | off | 1 |", "| TCD | off | 2 |", "| DDIM | 4 | 4 |")
        .contains("| TCD lora none | off | 1 |")
        .doesNotContain("FD");
    assertThat(folder.resolve("out")).isDirectoryContaining("glob:**/results.{md,csv}");
    assertThat(folder.resolve("out/clip_score.png")).isNotEmptyFile();
    assertThat(generated).hasSize(6 * 3);
    assertThat(again.out()).isEqualTo(run.out());
    assertThat(pictureTimes()).isEqualTo(generated);
  }

  @Test
  void scenesAreCaptionsAndReferenceOnceTheirNumberIsGiven() throws Exception {
    String scenes = "scenes:size=16,pairs=held_out,artwork=" + artwork();
    List<Object> start =
        List.of("evaluate", "-m", Tcd4j.tiny(), "--pair", "../emoji/pair", "--sampler", "ddim");
    Tcd4j endless =
        Tcd4j.run(with(start, "--captions", scenes, "--reference", "none", "--guidance", "1"));
    assertThat(endless.exitCode()).as(endless.err()).isEqualTo(2);
    assertThat(endless.sentence())
        .isEqualTo(
            scenes
                + " has no end; say how many scenes to evaluate on, as "
                + scenes
                + ",count=1000");

    Tcd4j run =
        Tcd4j.run(
            with(
                start,
                "--captions",
                scenes + ",seed=1,count=2",
                "--reference",
                scenes + ",count=21",
                "--pictures",
                "20",
                "--steps",
                "1",
                "--guidance",
                "1",
                "--resamples",
                "20",
                "--fd-resamples",
                "20",
                "-o",
                folder.resolve("out")));
    assertThat(run.exitCode()).as(run.err()).isZero();
    assertThat(run.err())
        .contains("count=21: 21 scenes of 16x16 pixels, seed 0, pairs held_out, composed from");
    assertThat(run.out()).contains("| real pictures |", "| DDIM | off | 1 |", "FD");
  }

  /** Eight things in five styles, each a rectangle of a colour of its own. */
  private Path artwork() throws IOException {
    Path drawings = Files.createDirectory(folder.resolve("artwork"));
    for (int i = 0; i < 40; i++) {
      BufferedImage drawing = new BufferedImage(64, 64, BufferedImage.TYPE_INT_RGB);
      Graphics2D g = drawing.createGraphics();
      g.setColor(Color.WHITE);
      g.fillRect(0, 0, 64, 64);
      g.setColor(Color.getHSBColor(i / 40f, 1, 0.8f));
      g.fillRect(12, 16, 40, 24 + i / 5);
      g.dispose();
      ImageIO.write(drawing, "png", drawings.resolve("a" + i + ".png").toFile());
      String name = List.of("bed", "bee", "bus", "cap", "cat", "cow", "cup", "dog").get(i / 5);
      Files.writeString(drawings.resolve("a" + i + ".txt"), name + ", no " + i % 5 + " style");
    }
    return drawings;
  }

  private static Object[] with(List<Object> start, Object... more) {
    return Stream.concat(start.stream(), Stream.of(more)).toArray();
  }

  @Test
  void severalGuidancesAreTriedFirst() throws Exception {
    Tcd4j run =
        evaluate(
            "--sampler",
            "ddim",
            "--steps",
            "1",
            "--guidance",
            "2,4",
            "--sweep-steps",
            1,
            "--sweep-pictures",
            20);

    assertThat(run.exitCode()).as(run.err()).isZero();
    assertThat(folder.resolve("out/sweep.md")).content().contains("| DDIM | 2 |", "| DDIM | 4 |");
  }

  @Test
  void withoutItsLoraASamplerOfDistilledNetworksIsGuided() throws Exception {
    Tcd4j run = evaluate("--sampler", "tcd", "--lora", "tcd=none", "--steps", "1", "--guidance", 4);

    assertThat(run.exitCode()).as(run.err()).isZero();
    assertThat(run.out()).contains("| TCD | 4 | 2 |");
  }

  @Test
  void aLoraThatIsMissingIsToldBeforeAnythingIsRead() throws Exception {
    Tcd4j run = evaluate("--sampler", "tcd", "--lora", "tcd=nowhere");

    assertThat(run.sentence()).startsWith("LoRA nowhere does not exist");
    assertThat(run.exitCode()).isEqualTo(ExitCode.USAGE);
    assertThat(folder.resolve("out")).doesNotExist();
  }

  @Test
  void aPairThatIsMissingIsNamed() throws Exception {
    Tcd4j run = evaluate("--pair", folder.resolve("nowhere"));

    assertThat(run.sentence()).startsWith("there is no text-image pair at ");
    assertThat(run.exitCode()).isEqualTo(ExitCode.FAILED);
  }
}
