package io.github.tcd4j.evaluation.score;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.github.tcd4j.evaluation.Formula;
import io.github.tcd4j.evaluation.preprocess.FidMode;
import io.github.tcd4j.evaluation.preprocess.PicturePrep;
import io.github.tcd4j.images.png.PngWriter;
import io.github.tcd4j.tensor.DType;
import io.github.tcd4j.tensor.Device;
import io.github.tcd4j.tensor.Scope;
import io.github.tcd4j.tensor.Tensor;
import io.github.tcd4j.tensor.file.SafeTensorsWriter;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** From the files on, against the published code: figures of oracle/make_score_fixtures.py. */
class PublishedScoresTest {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final JsonNode GOLDEN = golden();

  @TempDir Path root;

  private static JsonNode golden() {
    try (InputStream in = PublishedScoresTest.class.getResourceAsStream("/fidelity/scores.json")) {
      return JSON.readTree(Objects.requireNonNull(in));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @BeforeEach
  void writePictures() throws IOException {
    Files.createDirectories(root.resolve("pictures"));
    StringBuilder captions = new StringBuilder();
    for (int i = 0; i < GOLDEN.get("pictures").size(); i++) {
      JsonNode p = GOLDEN.get("pictures").get(i);
      int height = p.get("height").asInt();
      PngWriter.write(
          root.resolve("pictures/" + i + ".png"),
          Formula.blocks("golden." + i, p.get("width").asInt(), height, p.get("block").asInt()),
          Map.of());
      captions.append(i).append('\t').append(GOLDEN.get("captions").get(i).asText()).append('\n');
    }
    Files.writeString(root.resolve("captions.tsv"), captions);
  }

  private void writeWeights(String name) throws IOException {
    Path file = root.resolve("weights").resolve(name);
    Files.createDirectories(Objects.requireNonNull(file.getParent()));
    try (Scope scope = Scope.inference()) {
      Map<String, Tensor> tensors = new LinkedHashMap<>();
      GOLDEN
          .get("files")
          .get(name)
          .fields()
          .forEachRemaining(e -> tensors.put(e.getKey(), value(e.getKey(), e.getValue())));
      SafeTensorsWriter.write(file, tensors, Map.of());
    }
  }

  /** As {@code value} of oracle/formula.py. */
  private static Tensor value(String key, JsonNode sizes) {
    long[] shape = new long[sizes.size()];
    int count = 1;
    int fan = 1;
    for (int i = 0; i < shape.length; i++) {
      shape[i] = sizes.get(i).asLong();
      count *= Math.toIntExact(shape[i]);
      fan *= i == 0 ? 1 : Math.toIntExact(shape[i]);
    }
    double[] u = Formula.uniform(key, count);
    String leaf = key.substring(key.lastIndexOf('.') + 1);
    for (int i = 0; i < u.length; i++) {
      u[i] =
          switch (leaf) {
            case "running_var" -> 1 + 0.5 * u[i];
            case "running_mean", "bias" -> 0.1 * u[i];
            default ->
                shape.length == 0
                    ? u[i]
                    : shape.length == 1
                        ? 1 + 0.25 * u[i]
                        : u[i] * Math.sqrt((shape.length == 4 ? 6.0 : 3.0) / fan);
          };
    }
    Tensor values = shape.length == 0 ? Tensor.of(u, 1).select(0, 0) : Tensor.of(u, shape);
    return values.to(DType.F32);
  }

  private List<Score> run(String... measures) {
    PictureRequest request =
        new PictureRequest(
            root.resolve("pictures"),
            null,
            null,
            PicturePrep.NONE,
            root.resolve("captions.tsv"),
            List.of(measures),
            root.resolve("weights"),
            FidMode.PYTORCH_FID,
            false,
            root.resolve("out"),
            root.resolve("out/cache"),
            null,
            Device.CPU,
            2);
    return new PictureEvaluation(request, PictureListener.SILENT).run().first().scores();
  }

  private void requireGolden(Score score) {
    JsonNode golden = GOLDEN.get("scores").get(score.column().id());
    double[] found = Objects.requireNonNull(score.pictures());
    assertThat(found).hasSize(golden.size());
    for (int i = 0; i < found.length; i++) {
      assertThat(found[i])
          .as(score.column().id() + " of picture " + i)
          .isCloseTo(golden.get(i).asDouble(), within(1e-5));
    }
    assertThat(score.protocol()).contains("captions ", "n=3");
  }

  @Test
  void complexityIsIcNets() throws IOException {
    writeWeights("icnet.safetensors");
    run("complexity").forEach(this::requireGolden);
  }

  @Test
  void captionScoresAndMarksAreThoseOfThePublishedCode() throws IOException {
    writeWeights("ImageReward.safetensors");
    writeWeights("HPS_v2.1_compressed.safetensors");
    writeWeights("sac+logos+ava1-l14-linearMSE.pth");
    writeWeights("clip-vit-large-patch14/model.safetensors");
    Files.writeString(
        root.resolve("weights/clip-vit-large-patch14/config.json"),
        GOLDEN.get("clip_config").toString());
    Path words = Files.createDirectories(root.resolve("weights/bert-base-uncased"));
    StringBuilder pieces = new StringBuilder();
    GOLDEN.get("pieces").forEach(p -> pieces.append(p.asText()).append('\n'));
    Files.writeString(words.resolve("vocab.txt"), pieces);
    List<Score> scores = run("imagereward", "hps", "aesthetic");
    assertThat(scores).hasSize(3).allSatisfy(this::requireGolden);
  }

  @Test
  void weightsOfAnotherNetworkOrCutShortAreNamed() throws IOException {
    writeWeights("ImageReward.safetensors");
    Path words = Files.createDirectories(root.resolve("weights/bert-base-uncased"));
    Files.writeString(words.resolve("vocab.txt"), "[PAD]\n[UNK]\n[CLS]\n[SEP]\n");
    Path reward = root.resolve("weights/ImageReward.safetensors");
    Path icnet = root.resolve("weights/icnet.safetensors");
    Files.copy(reward, icnet);
    assertThatThrownBy(() -> run("complexity"))
        .hasMessageContaining(icnet + " is not")
        .hasMessageContaining("lacks b1_1.0.weight");
    try (FileChannel cut = FileChannel.open(reward, StandardOpenOption.WRITE)) {
      cut.truncate(100_000);
    }
    assertThatThrownBy(() -> run("imagereward")).hasMessageContaining(reward.toString());
  }
}
