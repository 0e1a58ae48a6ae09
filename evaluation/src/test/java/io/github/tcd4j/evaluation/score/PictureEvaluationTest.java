package io.github.tcd4j.evaluation.score;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.github.tcd4j.evaluation.Formula;
import io.github.tcd4j.evaluation.metric.FrechetDistance;
import io.github.tcd4j.evaluation.metric.KernelDistance;
import io.github.tcd4j.evaluation.metric.PrecisionRecall;
import io.github.tcd4j.evaluation.network.PictureNetwork;
import io.github.tcd4j.evaluation.preprocess.FidMode;
import io.github.tcd4j.evaluation.preprocess.PicturePrep;
import io.github.tcd4j.evaluation.score.output.ResultFiles;
import io.github.tcd4j.images.Image;
import io.github.tcd4j.images.png.PngWriter;
import io.github.tcd4j.models.efficientnet.EfficientNetLite0;
import io.github.tcd4j.tensor.Device;
import io.github.tcd4j.tensor.Scope;
import io.github.tcd4j.tensor.Tensor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CancellationException;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** The whole way, with a network whose rows are the pictures' mean colours in a known pattern. */
class PictureEvaluationTest extends ColourFolders {
  @Test
  void figuresAreThoseOfTheRowsAndFilesHaveARowForEachPicture() throws IOException {
    PictureResults results =
        run(request(null, real, "fid", "kid", "precision-recall", "is", "red"));
    new ResultFiles(root.resolve("out")).write(results);
    JsonNode json = new ObjectMapper().readTree(root.resolve("out/results.json").toFile());
    assertThat(json).hasSize(6);
    assertThat(json.findValuesAsText("measure"))
        .containsExactly("fid", "kid", "precision", "recall", "is", "red");
    for (JsonNode figure : json) {
      assertThat(figure.get("low").asDouble()).isLessThanOrEqualTo(figure.get("high").asDouble());
      assertThat(figure.get("count").asInt()).isEqualTo(24);
      assertThat(figure.get("protocol").asText()).contains("means", "n=24", "inception@");
    }
    assertThat(json.get(0).get("protocol").asText()).contains("biased", "reference ", "n=30");
    double mean = 0;
    for (int i = 0; i < 24; i++) {
      mean += MEANS.apply(Formula.blocks("generated" + i, 8 + i % 5, 6 + i % 4, 2))[0] / 24;
    }
    assertThat(json.get(5).get("value").asDouble()).isCloseTo(mean, within(1e-6));
    List<String> rows = Files.readAllLines(root.resolve("out/pictures.csv"));
    assertThat(rows).hasSize(25);
    assertThat(rows.get(0)).isEqualTo("file,caption,precision,red,error");
    assertThat(rows.get(1)).startsWith("01.png,,");
    assertThat(rows.get(24)).startsWith("more/21.png,,");
    assertThat(Files.readString(root.resolve("out/index.html"))).contains("FID", "biased upwards");
    assertThat(notes).anyMatch(n -> n.startsWith("fid of 24 pictures"));
  }

  @Test
  void whatIsKnownIsNotComputedAgainAndNotEvenOpened() {
    run(request(null, real, "fid"));
    assertThat(opened.get()).isEqualTo(1);
    assertThat(seen.get()).isEqualTo(54);
    assertThat(ends).as("the end of each folder is told once").isEqualTo(2);
    run(request(null, real, "kid", "red"));
    assertThat(opened.get()).isEqualTo(1);
    assertThat(seen.get()).isEqualTo(54);
  }

  @Test
  void aRunThatWasStoppedGoesOnWhereItWas() {
    PictureRequest request = request(null, null, "red");
    assertThatThrownBy(
            () ->
                new PictureEvaluation(
                        request,
                        registry(),
                        new PictureListener() {
                          @Override
                          public void note(String message) {}

                          @Override
                          public void progress(String what, int done, int total, int known) {
                            if (done == 10) {
                              throw new CancellationException();
                            }
                          }
                        })
                    .run())
        .isInstanceOf(CancellationException.class);
    assertThat(seen.get()).isEqualTo(10);
    run(request);
    assertThat(seen.get()).isEqualTo(24);
  }

  @Test
  void differencesOfFoldersOfTheSameNamesArePaired() throws IOException {
    Path other = root.resolve("brighter");
    Files.createDirectories(other.resolve("more"));
    for (int i = 0; i < 24; i++) {
      Image image = Formula.blocks("generated" + i, 8 + i % 5, 6 + i % 4, 2);
      byte[] rgb = image.rgb().clone();
      for (int k = 0; k < rgb.length; k += 3) {
        rgb[k] = (byte) Math.min(255, (rgb[k] & 0xff) / 2 + 40);
      }
      PngWriter.write(
          other.resolve((i % 3 == 0 ? "more/" : "") + String.format("%02d.png", i)),
          new Image(image.width(), image.height(), rgb),
          Map.of());
    }
    PictureResults results = run(request(other, real, "fid", "red"));
    Difference red = results.differences().get(1);
    assertThat(red.paired()).isTrue();
    assertThat(red.estimate().value())
        .isCloseTo(red.first().estimate().value() - red.second().estimate().value(), within(1e-12));
    double width = red.estimate().high() - red.estimate().low();
    double apart = red.first().estimate().high() - red.first().estimate().low();
    assertThat(width).isLessThan(0.7 * apart);
    assertThat(results.differences().get(0).paired()).isTrue();
  }

  @Test
  void figuresOfTwoProtocolsAreNotCompared() {
    assertThatThrownBy(() -> run(request(real, null, "red")))
        .hasMessageContaining("red of the two folders cannot be compared")
        .hasMessageContaining("n=24")
        .hasMessageContaining("n=30");
  }

  @Test
  void statisticsThatItWritesGiveTheSameFidAndAreRefusedForAnotherNetwork() {
    PictureRequest plain = request(null, real, "fid");
    Path npz = root.resolve("stats.npz");
    PictureRequest save =
        new PictureRequest(
            real,
            null,
            null,
            PicturePrep.NONE,
            null,
            List.of(),
            plain.weights(),
            plain.mode(),
            true,
            plain.output(),
            plain.cache(),
            npz,
            Device.CPU,
            5);
    run(save);
    double expected = run(plain).first().scores().get(0).estimate().value();
    double found = run(request(null, npz, "fid")).first().scores().get(0).estimate().value();
    assertThat(found).isCloseTo(expected, within(1e-4 * expected));
    assertThatThrownBy(() -> run(request(null, npz, "kid")))
        .hasMessageContaining("kid needs reference pictures");
    try (Scope scope = Scope.inference()) {
      assertThatThrownBy(() -> FeatureStatistics.read(npz, "inception@123, clean, f32"))
          .hasMessageContaining("figures of two protocols cannot be compared");
    }
  }

  @Test
  void whatCannotBeMeasuredIsSaidInOneSentenceBeforeAnythingIsComputed() throws IOException {
    Path empty = Files.createDirectories(root.resolve("empty"));
    assertThatThrownBy(() -> run(request(null, null, "fid")))
        .hasMessageContaining("needs a reference");
    assertThatThrownBy(() -> run(request(null, null, "told")))
        .hasMessageContaining("caption of each");
    assertThatThrownBy(() -> run(request(null, null, "fib")))
        .hasMessage(
            "there is no measure 'fib'; there are fid, kid, precision-recall, is, red, told");
    assertThatThrownBy(() -> run(request(null, empty, "fid")))
        .hasMessageContaining("has no picture");
    assertThatThrownBy(() -> run(request(null, root.resolve("nowhere"), "fid")))
        .hasMessageContaining("there is no reference at");
    Files.delete(root.resolve("weights/colours.pth"));
    assertThatThrownBy(() -> run(request(null, null, "red")))
        .hasMessageContaining("there are no weights of inception in")
        .hasMessageContaining("colours.pth is expected there");
    assertThat(opened.get()).isZero();
  }

  @Test
  void distancesOfEfficientNetAreOfAllItsFeaturesUnderTheirOwnNames() {
    List<Score> scores =
        run(
                request(null, real, "fd-efflite0", "kid-efflite0", "precision-recall-efflite0"),
                efficientNet())
            .first()
            .scores();
    Tensor[] features = new Tensor[2];
    try (Scope scope = Scope.inference()) {
      PictureNetwork network = open();
      for (int set = 0; set < 2; set++) {
        int count = set == 0 ? 24 : 30;
        float[] pixels = new float[3 * count];
        int row = 0;
        for (int i : sorted(count)) {
          String name = (set == 0 ? "generated" : "real") + i;
          float[] means = MEANS.apply(Formula.blocks(name, 8 + i % 5, 6 + i % 4, 2));
          System.arraycopy(means, 0, pixels, 3 * row++, 3);
        }
        features[set] =
            network
                .rows(Tensor.of(pixels, count, 3, 1, 1), List.of())
                .narrow(1, 0, EfficientNetLite0.FEATURES);
      }
      double distance = FrechetDistance.between(features[0], features[1]);
      assertThat(scores.get(0).estimate().value()).isCloseTo(distance, within(1e-4 * distance));
      double[] subsets = KernelDistance.subsets(features[0], features[1], 100, 24, 2020);
      double kernel = Arrays.stream(subsets).average().orElseThrow();
      assertThat(scores.get(1).estimate().value())
          .isCloseTo(kernel, within(1e-4 * Math.abs(kernel)));
      PrecisionRecall balls = PrecisionRecall.of(features[0], features[1], 3);
      assertThat(scores.get(2).estimate().value())
          .isEqualTo(Arrays.stream(balls.precise()).average().orElseThrow());
      assertThat(scores.get(3).estimate().value())
          .isEqualTo(Arrays.stream(balls.recalled()).average().orElseThrow());
    }
    assertThat(scores.get(0).protocol())
        .startsWith("fd-efflite0; efflite0@")
        .contains("of 1280 features", "biased upwards");
    assertThat(scores.get(1).protocol()).startsWith("kid-efflite0; efflite0@");
    assertThat(scores.stream().map(s -> s.column().id()))
        .containsExactly("fd-efflite0", "kid-efflite0", "precision-efflite0", "recall-efflite0");
  }

  /** As the names of the files are sorted: every third picture is in a folder, which comes last. */
  private static int[] sorted(int count) {
    return IntStream.range(0, 2)
        .flatMap(part -> IntStream.range(0, count).filter(i -> (i % 3 == 0) == (part == 1)))
        .toArray();
  }

  @Test
  void statisticsOfInceptionAreNoReferenceOfEfficientNet() {
    Path npz = root.resolve("stats.npz");
    try (Scope scope = Scope.inference()) {
      FeatureStatistics.write(npz, Formula.features("feat.a", 8, 4), "inception@1");
    }
    assertThatThrownBy(() -> run(request(null, npz, "fd-efflite0"), efficientNet()))
        .hasMessageContaining("fd-efflite0 needs reference pictures");
  }

  @Test
  void theRegistryMeasuresByANetworkThatNoModelIsConditionedOn() {
    List<PictureMeasure> found =
        PictureMeasures.published(FidMode.CLEAN).named(List.of("fd-efflite0", "kid-efflite0"));
    assertThat(found).extracting(m -> m.network().name()).containsOnly("efflite0");
    assertThat(found.get(0).network().parts().get(0)).contains("efficientnet-lite0-57934424.pth");
    assertThat(found.get(0).leastUnbiased()).isEqualTo(1280);
    assertThat(found.get(1).leastUnbiased()).isZero();
    assertThat(found).allMatch(m -> !m.needs().contains(Need.CAPTIONS));
  }

  @Test
  void withoutNamesAllThatCanBeMeasuredIsAndTheRestIsNoted() {
    PictureResults results = run(request(null, null));
    assertThat(results.first().scores().stream().map(s -> s.column().id()))
        .containsExactly("is", "red");
    assertThat(notes)
        .anyMatch(n -> n.equals("fid was left out: it needs a reference"))
        .anyMatch(n -> n.equals("told was left out: it needs captions"));
  }

  @Test
  void withoutCaptionsThePromptsThatThePicturesCarryAreTaken() throws IOException {
    Path made = Files.createDirectories(root.resolve("made"));
    for (int i = 0; i < 3; i++) {
      Map<String, String> texts =
          i == 0
              ? Map.of("tcd4j", "{\"prompt\":\"a red cat\"}")
              : Map.of("parameters", "two\nlines\nNegative prompt: x\nSteps: 4, Size: 2x2");
      PngWriter.write(made.resolve(i + ".png"), Formula.blocks("m" + i, 4, 4, 2), texts);
    }
    PictureRequest r = request(null, null, "told");
    PictureRequest request =
        new PictureRequest(
            made,
            null,
            null,
            PicturePrep.NONE,
            null,
            r.measures(),
            r.weights(),
            r.mode(),
            true,
            r.output(),
            r.cache(),
            null,
            Device.CPU,
            5);
    assertThat(run(request).first().captions())
        .containsEntry("0.png", "a red cat")
        .containsEntry("2.png", "two\nlines");
    assertThat(notes).contains("captions are the prompts that the pictures carry");
    Files.copy(pictures.resolve("01.png"), made.resolve("3.png"));
    assertThatThrownBy(() -> run(request)).hasMessageContaining("caption of each");
  }
}
