package io.github.tcd4j.cli.evaluate;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.tcd4j.cli.Tcd4j;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ExperimentCommandTest {
  @TempDir Path folder;

  private Tcd4j experiment(String name, Object... more) throws Exception {
    Path captions = folder.resolve("captions.txt");
    Files.writeString(captions, "red apple, noto style\nblue heart, noto style\ncat face\n");
    Stream<Object> usual =
        Stream.of(
            "experiment",
            name,
            "-m",
            Path.of("..", "emoji"),
            "--captions",
            captions,
            "--limit",
            1,
            "--threads",
            1,
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
  void tableOneHasThePapersFormAndItsNumbersBesideOurs() throws Exception {
    Tcd4j run = experiment("table1", "--steps", "1,2");

    assertThat(run.exitCode()).as(run.err()).isZero();
    assertThat(run.err()).contains("FD and KID need at least 20 pictures and are left out");
    Path out = folder.resolve("out/table1");
    assertThat(out.resolve("table1.md"))
        .content()
        .contains(
            "| CLIP score ↑ 1 | CLIP score ↑ 2 |",
            "| DPM++ 2S | 2, 4 |",
            "| TCD | 1, 2 |",
            "| 14.66 |")
        .contains("| LCM lora none | 1, 2 |", "| TCD lora none | 1, 2 |");
    assertThat(out.resolve("table1.csv")).content().contains("sampler,guidance,NFE,clip_score");
    assertThat(out.resolve("table1.html"))
        .content()
        .contains("<th>DPM++ 2S</th>", "<b>", "data:image/png;base64,", "Another data set")
        .doesNotContain("src=\"http", "href");
    List<FileTime> generated = pictureTimes();
    assertThat(experiment("table1", "--steps", "1,2").exitCode()).isZero();
    assertThat(pictureTimes()).isEqualTo(generated);
  }

  @Test
  void theGammaFigureIsPlottedAgainstGamma() throws Exception {
    Tcd4j run = experiment("gamma", "--steps", "1");

    assertThat(run.exitCode()).as(run.err()).isZero();
    assertThat(run.out()).contains("TCD gamma 0.0", "TCD gamma 1.0");
    assertThat(run.err()).doesNotContain("no plot");
    assertThat(folder.resolve("out/gamma/clip_score.png")).isNotEmptyFile();
  }

  @Test
  void rowsWithoutALoraAreLeftOutAloud() throws Exception {
    Tcd4j run = experiment("table2", "--steps", "1");

    assertThat(run.exitCode()).as(run.err()).isZero();
    assertThat(run.err())
        .contains("note: the model has no LoRA tcf2; rows that need it are omitted");
    assertThat(run.out()).contains("| TCF(1) |").doesNotContain("TCF(2)");
  }

  @Test
  void twoEvaluationsAStepAreCountedTwice() throws Exception {
    Tcd4j run = experiment("table2", "--steps", "2", "--lora", "tcf2=tcd");

    assertThat(run.out()).contains("| TCF(1) | off | 2 |", "| TCF(2) | off | 4 |");
  }

  @Test
  void whatCannotBeIsRefusedInOneSentence() throws Exception {
    assertThat(experiment("table3").sentence())
        .isEqualTo("experiment must be one of table1, table2, gamma, figure1 but was table3");
    assertThat(experiment("gamma", "--lora", "lcm=lcm").sentence())
        .isEqualTo("--lora of gamma must name one of [tcd] but named lcm");
  }

  @Test
  void theGateIsACommandOfItsOwnAndMeasuresScenesAlone() {
    Tcd4j other = Tcd4j.run("experiment", "gate", "-m", Tcd4j.tiny(), "--data", "emoji");
    assertThat(other.exitCode()).isEqualTo(2);
    assertThat(other.sentence()).contains("--data of the gate must be scenes but was emoji");

    Tcd4j none = Tcd4j.run("experiment");
    assertThat(none.exitCode()).isEqualTo(2);
    assertThat(none.err()).contains("Missing required parameter: 'EXPERIMENT'");
  }

  @Test
  void adaptersAreMeasuredNextToTheModelWithoutThem() throws Exception {
    Path tiny = folder.resolve("adapters/tiny-autoencoder");
    Files.createDirectories(tiny);
    Path saved = Path.of("../training/src/test/resources/adapter/tiny-vae-3");
    for (String file : List.of("config.json", "diffusion_pytorch_model.safetensors")) {
      Files.copy(saved.resolve(file), tiny.resolve(file));
    }

    Tcd4j run = adapters();

    assertThat(run.exitCode()).as(run.err()).isZero();
    assertThat(folder.resolve("measured/adapters.md"))
        .content()
        .contains(
            "2 pictures of ",
            "seeds 0 to 0",
            "| full decoder |",
            "| tiny decoder minus full decoder |",
            "| scaled to the latents' size |")
        .doesNotContain("F1");
    assertThat(folder.resolve("measured/decoder.csv")).content().startsWith("decoder,psnr,");
  }

  /** Not how well, which docs/adapters.md has on more pictures, but that they are heard at all. */
  @Test
  void theEmbeddedModelsAdaptersAreObeyed() throws Exception {
    Tcd4j run = adapters(Path.of("..", "emoji", "adapters"), 6);

    assertThat(run.exitCode()).as(run.err()).isZero();
    assertThat(figure("edges", "own hint, no caption", 3))
        .isGreaterThan(figure("edges", "nothing", 3) + 0.3);
    assertThat(figure("edges", "own hint and caption, weight 3", 3))
        .isGreaterThan(figure("edges", "another's hint, own caption, weight 3", 3) + 0.15);
    assertThat(figure("picture-prompts", "picture, no words", 6))
        .isGreaterThan(figure("picture-prompts", "another's picture, no words", 6) + 0.15);
    assertThat(figure("decoder", "tiny decoder", 0))
        .isGreaterThan(figure("decoder", "scaled to the latents' size", 0) + 3);
  }

  /** Of the row of this name in a table of {@link #adapters}, counted behind the name. */
  private double figure(String table, String row, int column) throws IOException {
    return Files.readAllLines(folder.resolve("measured/" + table + ".csv")).stream()
        .map(line -> line.replace("\"", ""))
        .filter(line -> line.startsWith(row + ","))
        .mapToDouble(
            line -> Double.parseDouble(line.substring(row.length() + 1).split(",", -1)[column]))
        .findFirst()
        .orElseThrow();
  }

  @Test
  void aFolderWithoutAdaptersIsRefused() throws Exception {
    assertThat(adapters().sentence())
        .startsWith(folder.resolve("adapters") + " has none of controlnet/")
        .endsWith("and copy its final/ there");
  }

  private Tcd4j adapters() throws Exception {
    return adapters(folder.resolve("adapters"), 2);
  }

  private Tcd4j adapters(Path place, int limit) throws Exception {
    return Tcd4j.run(
        "experiment",
        "adapters",
        "-m",
        Path.of("..", "emoji"),
        "--adapters",
        place,
        "--data",
        Path.of("..", "emoji/data/validation"),
        "--limit",
        limit,
        "--seeds",
        1,
        "--resamples",
        20,
        "-o",
        folder.resolve("measured"));
  }
}
