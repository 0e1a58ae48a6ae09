package io.github.tcd4j.evaluation.score;

import io.github.tcd4j.evaluation.metric.Bootstrap;
import io.github.tcd4j.evaluation.network.RowExtractor;
import io.github.tcd4j.evaluation.picture.CaptionFile;
import io.github.tcd4j.evaluation.picture.PictureFile;
import io.github.tcd4j.evaluation.picture.PictureFolder;
import io.github.tcd4j.evaluation.picture.PromptMetadata;
import io.github.tcd4j.files.InvalidRequestException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The folders, captions and measures of a request, looked at before anything is computed, so that
 * what is wrong is said at once.
 *
 * @param folders the folder, and the one to compare with where there is one
 * @param captions for each folder one a picture; empty lists where none were given
 * @param captionSource what the captions are from, for protocols
 * @param reference null where there is none
 * @param measures chosen
 */
record PictureInputs(
    List<PictureFolder> folders,
    List<List<String>> captions,
    String captionSource,
    @Nullable ReferenceSource reference,
    List<PictureMeasure> measures) {
  PictureInputs {
    folders = List.copyOf(folders);
    captions = List.copyOf(captions);
    measures = List.copyOf(measures);
  }

  static PictureInputs of(PictureRequest r, PictureMeasures registry, Consumer<String> notes) {
    List<PictureFolder> folders = new ArrayList<>();
    folders.add(PictureFolder.list(r.pictures(), r.output()));
    Path compared = r.compared();
    if (compared != null) {
      folders.add(PictureFolder.list(compared, r.output()));
    }
    Path given = r.reference();
    ReferenceSource reference =
        given == null ? null : ReferenceSource.at(given, r.prep(), r.output());
    Path file = r.captions();
    CaptionFile known = file == null ? null : CaptionFile.read(file);
    List<List<String>> captions = captions(r, known, registry, folders, notes);
    for (PictureFolder folder : folders) {
      if (folder.others() > 0) {
        notes.accept(
            folder.others()
                + " other files in "
                + folder.root()
                + " are no pictures and were left out");
      }
    }
    PictureInputs inputs =
        new PictureInputs(
            folders,
            captions,
            known == null ? "" : known.source(),
            reference,
            chosen(r, registry, folders, reference, !captions.get(0).isEmpty(), notes));
    inputs.check(r, notes);
    return inputs;
  }

  /** Of the file, or else the prompts that all pictures carry; empty lists where there are none. */
  private static List<List<String>> captions(
      PictureRequest r,
      @Nullable CaptionFile known,
      PictureMeasures registry,
      List<PictureFolder> folders,
      Consumer<String> notes) {
    List<List<String>> captions = new ArrayList<>();
    boolean wanted =
        registry.all().stream()
            .filter(m -> r.measures().isEmpty() || r.measures().contains(m.name()))
            .anyMatch(m -> m.needs().contains(Need.CAPTIONS));
    for (PictureFolder folder : folders) {
      List<String> prompts =
          known != null
              ? known.of(folder.pictures())
              : wanted ? PromptMetadata.of(folder.pictures()) : null;
      if (prompts == null) {
        return Collections.nCopies(folders.size(), List.of());
      }
      captions.add(prompts);
    }
    if (known == null) {
      notes.accept("captions are the prompts that the pictures carry");
    }
    return captions;
  }

  private static List<PictureMeasure> chosen(
      PictureRequest r,
      PictureMeasures registry,
      List<PictureFolder> folders,
      @Nullable ReferenceSource reference,
      boolean captioned,
      Consumer<String> notes) {
    if (!r.measures().isEmpty()) {
      return registry.named(r.measures());
    }
    if (r.statistics() != null) {
      return List.of();
    }
    List<PictureMeasure> chosen = new ArrayList<>();
    boolean pictures = reference != null && reference.hasPictures();
    int own = folders.stream().mapToInt(f -> f.pictures().size()).min().orElse(0);
    int all = reference != null && pictures ? Math.min(own, reference.pictures().size()) : own;
    for (PictureMeasure m : registry.all()) {
      String reason = null;
      String missing = m.network().missing(r.weights());
      if (missing != null) {
        reason = missing + " in " + r.weights();
      } else if (m.needs().contains(Need.CAPTIONS) && !captioned) {
        reason = "captions";
      } else if (m.needs().contains(Need.REFERENCE) && reference == null) {
        reason = "a reference";
      } else if (m.needs().contains(Need.REFERENCE_PICTURES) && !pictures) {
        reason = "reference pictures";
      } else {
        reason = tooFew(m, SetMeasurement.compares(m) ? all : own, r.allowSmall());
      }
      if (reason == null) {
        chosen.add(m);
      } else {
        notes.accept(m.name() + " was left out: it needs " + reason);
      }
    }
    if (chosen.isEmpty()) {
      throw new InvalidRequestException(
          "nothing can be measured: no measure has both its weights in "
              + r.weights()
              + " and all that it needs beside the pictures");
    }
    return chosen;
  }

  private static @Nullable String tooFew(PictureMeasure m, int count, boolean allowSmall) {
    if (count < m.least()) {
      return "at least " + m.least() + " pictures but there are " + count;
    }
    return count < m.leastUnbiased() && !allowSmall
        ? "at least " + m.leastUnbiased() + " pictures to be unbiased but there are " + count
        : null;
  }

  private void check(PictureRequest r, Consumer<String> notes) {
    SetMeasurement measurement =
        measurement(
            r,
            measures,
            new PictureListener() {
              @Override
              public void note(String message) {
                notes.accept(message);
              }

              @Override
              public void progress(String what, int done, int total, int known) {}
            });
    for (PictureMeasure m : measures) {
      for (PictureFolder folder : folders) {
        measurement.check(
            m,
            folder.root().toString(),
            folder.pictures().size(),
            !captions.get(0).isEmpty(),
            r.allowSmall());
      }
    }
    noteKinds(notes);
  }

  /** What measures these inputs. */
  SetMeasurement measurement(PictureRequest r, List<PictureMeasure> all, PictureListener listener) {
    return new SetMeasurement(
        all,
        reference,
        new RowExtractor.Settings(r.weights(), r.cache(), r.device(), r.batch()),
        Bootstrap.of(PictureEvaluation.RESAMPLES, PictureEvaluation.SEED),
        listener);
  }

  /** The folders with their captions. */
  List<PictureSet> sets() {
    List<PictureSet> sets = new ArrayList<>();
    for (int i = 0; i < folders.size(); i++) {
      PictureFolder folder = folders.get(i);
      String label = folder.root().toString();
      sets.add(new PictureSet(label, folder.pictures(), captions.get(i), captionSource, null));
    }
    return sets;
  }

  /** How a file was compressed can be seen in FID. */
  private void noteKinds(Consumer<String> notes) {
    ReferenceSource real = reference;
    if (real == null || !real.hasPictures()) {
      return;
    }
    Set<String> own = PictureFile.kinds(folders.get(0).pictures());
    Set<String> others = PictureFile.kinds(real.pictures());
    if (!own.equals(others)) {
      notes.accept(
          "the pictures are "
              + String.join(" and ", own)
              + ", the reference is "
              + String.join(" and ", others)
              + ": JPEG's losses count as a difference between the two");
    }
  }
}
