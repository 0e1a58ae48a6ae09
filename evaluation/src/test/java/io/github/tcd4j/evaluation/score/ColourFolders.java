package io.github.tcd4j.evaluation.score;

import io.github.tcd4j.evaluation.Formula;
import io.github.tcd4j.evaluation.network.NetworkSource;
import io.github.tcd4j.evaluation.network.PictureNetwork;
import io.github.tcd4j.evaluation.preprocess.FidMode;
import io.github.tcd4j.evaluation.preprocess.MeanColours;
import io.github.tcd4j.evaluation.preprocess.PicturePrep;
import io.github.tcd4j.evaluation.preprocess.Preprocessor;
import io.github.tcd4j.evaluation.report.Column;
import io.github.tcd4j.evaluation.report.Column.Better;
import io.github.tcd4j.images.Image;
import io.github.tcd4j.images.png.PngWriter;
import io.github.tcd4j.models.efficientnet.EfficientNetLite0;
import io.github.tcd4j.models.inception.InceptionV3;
import io.github.tcd4j.tensor.DType;
import io.github.tcd4j.tensor.Device;
import io.github.tcd4j.tensor.Scope;
import io.github.tcd4j.tensor.Tensor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

/** Folders of pictures, and a network whose rows are their mean colours in a known pattern. */
abstract class ColourFolders {
  static final int WIDTH = InceptionV3.FEATURES + InceptionV3.CLASSES;

  static final Preprocessor MEANS = new MeanColours("means");

  final AtomicInteger opened = new AtomicInteger();
  final AtomicInteger seen = new AtomicInteger();
  final List<String> notes = new ArrayList<>();
  int ends;

  @TempDir Path root;

  Path pictures = Path.of("");
  Path real = Path.of("");

  @BeforeEach
  void makePictures() throws IOException {
    pictures = folder("generated", 24);
    real = folder("real", 30);
    Files.createDirectories(root.resolve("weights"));
    Files.writeString(root.resolve("weights/colours.pth"), "weights");
  }

  Path folder(String name, int count) throws IOException {
    Path folder = root.resolve(name);
    Files.createDirectories(folder.resolve("more"));
    for (int i = 0; i < count; i++) {
      Path file = folder.resolve((i % 3 == 0 ? "more/" : "") + String.format("%02d.png", i));
      Image image = Formula.blocks(name + i, 8 + i % 5, 6 + i % 4, 2);
      PngWriter.write(file, image, Map.of());
    }
    return folder;
  }

  PictureMeasures registry() {
    NetworkSource source =
        new NetworkSource(
            "inception",
            List.of(List.of("colours.pth")),
            MEANS,
            false,
            (weights, device) -> open());
    Column red = new Column("red", "red", Better.HIGHER, 3, "mean red");
    return new PictureMeasures(
        List.of(
            new FidMeasure(source),
            new KidMeasure(source),
            new PrecisionRecallMeasure(source),
            new InceptionScoreMeasure(source),
            new MeanMeasure(
                "red", red, source, Set.of(), false, "mean", 1, s -> red(s.pictures().rows())),
            new MeanMeasure(
                "told",
                red,
                source,
                Set.of(Need.CAPTIONS),
                false,
                "mean",
                1,
                s -> red(s.pictures().rows()))));
  }

  static double[] red(Tensor rows) {
    float[] red = rows.select(1, 0).contiguous().toFloatArray();
    double[] doubles = new double[red.length];
    for (int i = 0; i < red.length; i++) {
      doubles[i] = red[i];
    }
    return doubles;
  }

  /** A network of 1280 features, none of which is a logit. */
  PictureMeasures efficientNet() {
    NetworkSource source =
        new NetworkSource(
            "efflite0",
            List.of(List.of("colours.pth")),
            MEANS,
            false,
            (weights, device) -> {
              PictureNetwork wide = open();
              return (pixels, captions) ->
                  wide.rows(pixels, captions).narrow(1, 0, EfficientNetLite0.FEATURES);
            });
    return new PictureMeasures(
        List.of(
            FidMeasure.ofEfficientNet(source),
            KidMeasure.ofEfficientNet(source),
            PrecisionRecallMeasure.ofEfficientNet(source)));
  }

  PictureNetwork open() {
    opened.incrementAndGet();
    Tensor mix = Tensor.of(Formula.uniform("mix", 3 * WIDTH), 3, WIDTH);
    Tensor first = Tensor.of(new double[] {1, 0, 0}, 3, 1);
    Tensor all = Tensor.cat(1, first, mix.narrow(1, 1, WIDTH - 1)).to(DType.F32);
    return (pixels, captions) -> {
      try (Scope scope = Scope.inference()) {
        seen.addAndGet(Math.toIntExact(pixels.size(0)));
        return scope.keep(pixels.reshape(-1, 3).matmul(all));
      }
    };
  }

  PictureRequest request(@Nullable Path compared, @Nullable Path reference, String... names) {
    return new PictureRequest(
        pictures,
        compared,
        reference,
        PicturePrep.NONE,
        null,
        List.of(names),
        root.resolve("weights"),
        FidMode.PYTORCH_FID,
        true,
        root.resolve("out"),
        root.resolve("out/cache"),
        null,
        Device.CPU,
        5);
  }

  PictureResults run(PictureRequest request) {
    return run(request, registry());
  }

  PictureResults run(PictureRequest request, PictureMeasures registry) {
    return new PictureEvaluation(
            request,
            registry,
            new PictureListener() {
              @Override
              public void note(String message) {
                notes.add(message);
              }

              @Override
              public void progress(String what, int done, int total, int known) {
                ends += done == total ? 1 : 0;
              }
            })
        .run();
  }
}
