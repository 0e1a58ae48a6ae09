package io.github.tcd4j.cli.evaluate;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.github.tcd4j.cli.Tcd4j;
import io.github.tcd4j.cli.console.ExitCode;
import io.github.tcd4j.images.Image;
import io.github.tcd4j.images.png.PngWriter;
import io.github.tcd4j.models.clip.ClipConfig;
import io.github.tcd4j.models.clip.ClipModel;
import io.github.tcd4j.models.layers.InitializedWeights;
import io.github.tcd4j.models.layers.Weights;
import io.github.tcd4j.tensor.Scope;
import io.github.tcd4j.tensor.file.SafeTensorsWriter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The paper's table 1 on COCO's captions, with tiny networks; and what is refused. */
class CocoExperimentTest {
  private static final String COCO =
      """
      {"info": {"year": 2017},
       "images": [{"id": 9, "file_name": "000000000009.jpg"}, {"id": 5, "file_name": "5.jpg"}],
       "annotations": [
        {"image_id": 9, "id": 31, "caption": "an apple"},
        {"image_id": 5, "id": 44, "caption": "a later apple"},
        {"image_id": 5, "id": 12, "caption": " a red apple\\n"}]}
      """;

  private static final String SCORER =
      """
      {"projection_dim": 8,
       "text_config": {"vocab_size": 49408, "hidden_size": 16, "intermediate_size": 16,
         "num_hidden_layers": 1, "num_attention_heads": 2, "max_position_embeddings": 77,
         "bos_token_id": 49406, "eos_token_id": 49407, "projection_dim": 8},
       "vision_config": {"hidden_size": 16, "intermediate_size": 16, "num_hidden_layers": 1,
         "num_attention_heads": 2, "image_size": 224, "patch_size": 32, "projection_dim": 8}}
      """;

  @TempDir Path folder;

  private Path captions = Path.of("");

  @BeforeEach
  void write() throws IOException {
    captions = Files.writeString(folder.resolve("captions_val2017.json"), COCO);
    Files.createDirectories(folder.resolve("real"));
    PngWriter.write(folder.resolve("real/1.png"), new Image(2, 2, new byte[12]), Map.of());
    Path scorer = Files.createDirectories(folder.resolve("weights/PickScore_v1"));
    Files.writeString(scorer.resolve("config.json"), SCORER);
    try (Scope scope = Scope.inference()) {
      InitializedWeights weights = new InitializedWeights(3);
      ClipModel.of(Weights.of(weights), ClipConfig.of(new ObjectMapper().readTree(SCORER)));
      SafeTensorsWriter.write(
          scorer.resolve("model.safetensors"), weights.parameters(), Map.of("format", "pt"));
    }
  }

  private Tcd4j run(String command, Object... more) {
    Stream<Object> usual =
        Stream.of("-m", Tcd4j.tiny(), "--weights", folder.resolve("weights"), "--threads", 1);
    Stream<Object> name = Stream.of((Object[]) command.split(" "));
    Stream<Object> out = Stream.of("-o", folder.resolve("out"), "--resamples", 20);
    return Tcd4j.run(Stream.of(name, usual, out, Stream.of(more)).flatMap(s -> s).toArray());
  }

  private Tcd4j table1(Object... more) {
    Stream<Object> usual = Stream.of("--sampler", "tcd,ddim", "--steps", "2", "--no-control");
    return run("experiment table1", Stream.concat(usual, Stream.of(more)).toArray());
  }

  private List<Long> times() throws IOException {
    try (Stream<Path> files = Files.walk(folder.resolve("out/pictures"))) {
      return files
          .filter(f -> f.toString().endsWith(".png"))
          .sorted()
          .map(f -> f.toFile().lastModified())
          .toList();
    }
  }

  @Test
  void tableOneHasTheMethodsAndThePapersFiguresNextToOurs() throws IOException {
    Tcd4j run = table1("--captions", "coco:" + captions);

    assertThat(run.exitCode()).as(run.err()).isZero();
    assertThat(run.err())
        .contains("note: fid is left out: it needs pt_inception-2015-12-05-6726825d.pth")
        .contains("note: complexity is left out: it needs ck.pth")
        .contains("pickscore: 4 pictures, 0 of them known before");
    assertThat(run.out())
        .contains("| method | LoRA | steps | NFE | PickScore ↑ | the paper's |")
        .containsPattern("\\| DDIM \\| none \\| 2 \\| 4 \\| \\**-?[0-9.]+\\** \\| 16.74 \\|")
        .containsPattern("\\| TCD \\| tcd \\| 2 \\| 2 \\| \\**-?[0-9.]+\\** \\| 21.51 \\|");
    Path out = folder.resolve("out/table1");
    assertThat(out.resolve("table1.html")).content().contains("COCO manifest", "21.51");
    assertThat(out.resolve("scores/tcd-2-captions.csv"))
        .content()
        .contains("00000.png,a red apple,", "00001.png,an apple,");
    List<Long> generated = times();
    assertThat(generated).hasSize(4);

    Path manifest = folder.resolve("coco.tsv");
    Tcd4j made = Tcd4j.run("data", "manifest", captions, "-o", manifest);
    assertThat(made.out()).containsPattern("coco.tsv: 2 captions, SHA-256 [0-9a-f]{64}");
    assertThat(manifest).hasContent("5\t12\ta red apple\n9\t31\tan apple\n");
    Tcd4j again = table1("--captions", "coco:" + manifest);
    assertThat(again.err())
        .contains("4 of 4 images are there already", "4 pictures, 4 of them known before");
    assertThat(again.out()).isEqualTo(run.out());
    assertThat(times()).isEqualTo(generated);
  }

  @Test
  void theGridOfEvaluateTakesTheSameMeasures() throws IOException {
    Path lines = Files.writeString(folder.resolve("lines.txt"), "red apple\nan apple\n");
    Tcd4j run =
        run(
            "evaluate",
            "--captions",
            lines,
            "--reference",
            "none",
            "--measures",
            "pickscore,pair-complexity",
            "--sampler",
            "ddim",
            "--steps",
            "1",
            "--guidance",
            "off",
            "--pair",
            Path.of("..", "emoji", "pair"));
    assertThat(run.exitCode()).as(run.err()).isZero();
    assertThat(run.out())
        .contains("| sampler | guidance | NFE | complexity (bits/pixel) | PickScore ↑ |");
    assertThat(folder.resolve("out/results.csv"))
        .content()
        .contains(",pickscore_protocol", "pickscore@");
  }

  @Test
  void whatIsWrongIsNamedBeforeAnythingIsGenerated() throws IOException {
    String coco = "coco:" + captions;
    assertThat(table1("--captions", coco, "--measures", "fib").sentence())
        .startsWith("there is no measure 'fib'; there are pair-distance,");
    assertThat(table1("--captions", coco, "--measures", "fid").sentence())
        .endsWith("needs a reference; use --reference DIR|STATS.npz");
    Object real = folder.resolve("real");
    assertThat(table1("--captions", coco, "--measures", "fid", "--reference", real).sentence())
        .contains("there are no weights of inception in ");
    assertThat(
            table1("--captions", coco, "--reference", real, "--reference-prep", "crop").sentence())
        .startsWith("the preparation of reference pictures must be none, center-crop:SIDE");
    assertThat(table1("--captions", coco, "--reference", folder.resolve("no")).sentence())
        .startsWith("with COCO's captions the reference must be a folder of pictures or a .npz")
        .endsWith("no does not exist");
    assertThat(table1("--captions", "coco:" + folder.resolve("none.json")).sentence())
        .startsWith("there is no file of COCO's captions at");
    assertThat(table1("--captions", "coco:" + folder.resolve("none.txt")).sentence())
        .startsWith("COCO's captions are read from .json, or from a manifest that ends in .tsv");
    assertThat(table1("--captions", coco, "--fid-mode", "legacy").exitCode())
        .isEqualTo(ExitCode.USAGE);
    assertThat(table1("--captions", coco, "--sampler", "heun").sentence())
        .startsWith("--sampler of table1 must name some of [euler, ddim, dpm++2s");
    Tcd4j bare =
        Tcd4j.run(
            "experiment",
            "table1",
            "-m",
            Tcd4j.tiny(),
            "--captions",
            coco,
            "--weights",
            real,
            "-o",
            folder.resolve("out"));
    assertThat(bare.sentence())
        .startsWith("nothing can be measured: there are weights of none of fid, complexity");
    Files.writeString(captions, COCO.substring(0, 200));
    assertThat(table1("--captions", coco).sentence())
        .startsWith("the JSON in " + captions + " breaks off or has a fault at line 5");
    assertThat(folder.resolve("out/pictures")).doesNotExist();
  }

  @Test
  void aWrongFileOfWeightsIsKnownBeforeTheFirstPicture() throws IOException {
    Path weights = folder.resolve("weights/PickScore_v1/model.safetensors");
    byte[] whole = Files.readAllBytes(weights);
    Files.write(weights, java.util.Arrays.copyOf(whole, whole.length / 2));
    Tcd4j run = table1("--captions", "coco:" + captions);
    assertThat(run.exitCode()).isEqualTo(ExitCode.FAILED);
    assertThat(run.sentence()).contains(weights.toString());
    assertThat(folder.resolve("out/pictures")).doesNotExist();
  }
}
