package io.github.tcd4j.evaluation.score;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.tcd4j.evaluation.network.NetworkSource;
import io.github.tcd4j.evaluation.preprocess.PicturePrep;
import io.github.tcd4j.evaluation.report.Column;
import io.github.tcd4j.evaluation.report.Column.Better;
import io.github.tcd4j.evaluation.score.output.ResultFiles;
import io.github.tcd4j.tensor.Device;
import java.io.IOException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Broken pictures, too few of them, weights that are wrong. */
class DamagedFoldersTest extends ColourFolders {
  @Test
  void aBrokenPictureIsCountedAndNamedAndTheRestMeasured() throws IOException {
    Files.writeString(pictures.resolve("05x.jpg"), "this is no JPEG");
    Files.writeString(pictures.resolve("notes.txt"), "not a picture");
    PictureResults results = run(request(null, null, "red"));
    new ResultFiles(root.resolve("out")).write(results);
    assertThat(results.first().scores().get(0).count()).isEqualTo(24);
    assertThat(notes)
        .anyMatch(n -> n.startsWith("1 of 25 pictures in") && n.contains("05x.jpg: it is no image"))
        .anyMatch(n -> n.startsWith("1 other files in"));
    assertThat(Files.readString(root.resolve("out/pictures.csv")))
        .contains("05x.jpg,,,\"it is no image, but PNG, JPEG and WebP are read\"");
  }

  @Test
  void whereBrokenPicturesLeaveTooFewForAnUnbiasedFigureItsBiasIsNoted() throws IOException {
    NetworkSource source = registry().all().get(0).network();
    FidMeasure narrow = new FidMeasure(source, FidMeasure.FID, 25, Need.REFERENCE_PICTURES);
    Files.writeString(pictures.resolve("05x.png"), "broken");
    PictureResults results = run(request(null, real, "fid"), new PictureMeasures(List.of(narrow)));
    assertThat(notes)
        .anyMatch(
            n ->
                n.startsWith("fid of the 24 pictures in " + pictures + " that could be read")
                    && n.contains("is biased upwards"));
    assertThat(results.first().scores().get(0).protocol()).contains("small sample", "n=24");
  }

  @Test
  void ofManyPicturesWrongWeightsOfASecondNetworkAreKnownBeforeTheFirstComputes()
      throws IOException {
    Column red = new Column("red", "red", Better.HIGHER, 3, "mean red");
    NetworkSource good = registry().all().get(0).network();
    NetworkSource wrong =
        new NetworkSource(
            "wrong",
            good.parts(),
            MEANS,
            false,
            (weights, device) -> {
              throw new IllegalArgumentException("these weights are not wrong's");
            });
    List<PictureMeasure> both = new ArrayList<>();
    for (NetworkSource source : List.of(good, wrong)) {
      both.add(
          new MeanMeasure(
              source.name(),
              red,
              source,
              Set.of(),
              false,
              "mean",
              1,
              s -> red(s.pictures().rows())));
    }
    assertThatThrownBy(
            () -> run(request(null, null, "inception", "wrong"), new PictureMeasures(both)))
        .hasMessageContaining("are not wrong's");
    assertThat(seen.get()).as("few are measured as far as it goes").isEqualTo(24);
    folder("generated", PictureEvaluation.MANY);
    assertThatThrownBy(
            () -> run(request(null, null, "inception", "wrong"), new PictureMeasures(both)))
        .hasMessageContaining("are not wrong's");
    assertThat(seen.get()).isEqualTo(24);
  }

  @Test
  void aLinkToNothingIsABrokenPictureWithItsReason() throws IOException {
    Files.createSymbolicLink(pictures.resolve("05y.png"), root.resolve("nowhere"));
    run(request(null, null, "red"));
    assertThat(notes)
        .anyMatch(
            n -> n.endsWith("05y.png: it is a link to a file that is not there, or was deleted"));
  }

  @Test
  void fidOfFewPicturesIsRefusedUnlessItIsAllowed() {
    PictureRequest r = request(null, real, "fid");
    PictureRequest strict =
        new PictureRequest(
            r.pictures(),
            null,
            real,
            PicturePrep.NONE,
            null,
            r.measures(),
            r.weights(),
            r.mode(),
            false,
            r.output(),
            r.cache(),
            null,
            Device.CPU,
            5);
    assertThatThrownBy(() -> run(strict))
        .hasMessageContaining("fid of 24 pictures")
        .hasMessageContaining("biased upwards: it needs at least 2048");
  }

  @Test
  void whatFewPicturesDoNotAllowIsLeftOutWhereNothingIsAskedFor() throws IOException {
    pictures = folder("few", 6);
    PictureRequest r = request(null, real);
    PictureRequest strict =
        new PictureRequest(
            pictures,
            null,
            real,
            PicturePrep.NONE,
            null,
            List.of(),
            r.weights(),
            r.mode(),
            false,
            r.output(),
            r.cache(),
            null,
            Device.CPU,
            5);
    PictureResults results = run(strict);
    assertThat(results.first().scores()).extracting(s -> s.column().id()).contains("kid", "red");
    assertThat(notes)
        .contains(
            "fid was left out: it needs at least 2048 pictures to be unbiased but there are 6",
            "is was left out: it needs at least 10 pictures but there are 6");
  }
}
