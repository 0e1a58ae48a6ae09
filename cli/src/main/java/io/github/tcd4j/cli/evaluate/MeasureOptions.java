package io.github.tcd4j.cli.evaluate;

import io.github.tcd4j.evaluation.experiment.MeasureSelection;
import io.github.tcd4j.evaluation.experiment.MeasureSelection.Published;
import io.github.tcd4j.evaluation.preprocess.FidMode;
import io.github.tcd4j.evaluation.preprocess.PicturePrep;
import io.github.tcd4j.evaluation.score.Need;
import io.github.tcd4j.evaluation.score.PictureMeasure;
import io.github.tcd4j.evaluation.score.PictureMeasures;
import io.github.tcd4j.evaluation.score.ReferenceSource;
import io.github.tcd4j.files.Hint;
import io.github.tcd4j.files.InvalidRequestException;
import io.github.tcd4j.tensor.Device;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** What is measured of generated pictures. */
final class MeasureOptions {
  private static final int BATCH = 16;

  @Option(
      names = "--measures",
      paramLabel = "LIST",
      split = ",",
      description = {
        "Which of pair-distance, pair-alignment, pair-complexity, pair-complexity-median (in the"
            + " model's own text-image pair) and fid, kid, precision-recall, is, cmmd, complexity, imagereward, pickscore, clip,"
            + " hps, aesthetic, fd-efflite0, kid-efflite0, precision-recall-efflite0.",
        "Default: those of the pair; with COCO's captions or a reference of picture files fid,"
            + " complexity, imagereward and pickscore, as far as their weights are there."
      })
  List<String> measures = List.of();

  @Option(
      names = "--weights",
      paramLabel = "DIR",
      description =
          "Weights of the measures' networks under their published names; see"
              + " docs/measures-weights.md.")
  Path weights = Path.of("weights");

  @Option(
      names = "--fid-mode",
      paramLabel = "pytorch-fid|clean|tf1",
      description = "How pictures are resized for Inception; figures of two modes differ.")
  String mode = FidMode.PYTORCH_FID.id();

  @Option(
      names = "--reference-prep",
      paramLabel = "none|center-crop:N|resize:N",
      description =
          "What is done to pictures of --reference first: N pixels on the shorter side, then the"
              + " middle square or all of it (default: center-crop:512 with COCO's captions, else"
              + " none).")
  @Nullable String prep;

  @Option(
      names = "--allow-small",
      description = "Give FID of fewer than 2048 pictures too, though it is biased upwards.")
  boolean allowSmall;

  /** How reference pictures are prepared. */
  PicturePrep prep(boolean coco, boolean statistics) {
    if (prep != null) {
      return PicturePrep.parse(prep);
    }
    return coco && !statistics
        ? new PicturePrep(PicturePrep.Kind.CENTER_CROP, 512)
        : PicturePrep.NONE;
  }

  /**
   * The measures.
   *
   * @param published whether the default is the paper's measures and not the pair's
   * @param reference picture files or statistics; null for none
   * @param shards whether the reference is shards, whose pictures are there too
   */
  MeasureSelection selection(
      boolean published,
      @Nullable ReferenceSource reference,
      boolean shards,
      Device device,
      Consumer<String> notes) {
    PictureMeasures registry = PictureMeasures.published(FidMode.parse(mode));
    if (measures.isEmpty() && !published) {
      return MeasureSelection.PAIR;
    }
    List<String> names = measures.stream().map(String::strip).distinct().toList();
    List<PictureMeasure> chosen =
        names.isEmpty()
            ? available(registry, reference != null || shards, notes)
            : MeasureSelection.publishedOf(names, registry);
    return new MeasureSelection(
        names.isEmpty() ? Set.of() : MeasureSelection.pairOf(names),
        chosen.isEmpty()
            ? null
            : new Published(chosen, reference, weights, allowSmall, device, BATCH));
  }

  private List<PictureMeasure> available(
      PictureMeasures registry, boolean reference, Consumer<String> notes) {
    List<PictureMeasure> chosen = new ArrayList<>();
    for (PictureMeasure m : registry.named(PictureMeasures.ofThePaper())) {
      String missing = m.network().missing(weights);
      if (missing != null) {
        notes.accept(m.name() + " is left out: it needs " + missing + " in " + weights);
      } else if (m.needs().contains(Need.REFERENCE) && !reference) {
        notes.accept(m.name() + " is left out: it needs a reference; use --reference");
      } else {
        chosen.add(m);
      }
    }
    if (chosen.isEmpty()) {
      throw new InvalidRequestException(
          "nothing can be measured: there are weights of none of "
              + String.join(", ", PictureMeasures.ofThePaper())
              + " in "
              + weights
              + "; use --weights DIR, or name other measures by --measures",
          Hint.NONE);
    }
    return chosen;
  }
}
