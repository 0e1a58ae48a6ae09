package io.github.tcd4j.evaluation.score;

import io.github.tcd4j.evaluation.picture.CaptionFile;
import io.github.tcd4j.evaluation.picture.PictureFolder;
import io.github.tcd4j.files.Hint;
import io.github.tcd4j.files.InvalidRequestException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The folders, captions and measures of a request, looked at before anything is computed, so that
 * what is wrong is said at once.
 *
 * @param folders the folder, and the one to compare with where there is one
 * @param captions for each folder one a picture; empty lists where none were given
 * @param reference null where there is none, or where it is statistics
 * @param statistics null where there are none
 * @param measures chosen
 */
record PictureInputs(
    List<PictureFolder> folders,
    List<List<String>> captions,
    @Nullable PictureFolder reference,
    @Nullable Path statistics,
    List<PictureMeasure> measures) {
  PictureInputs {
    folders = List.copyOf(folders);
    captions = List.copyOf(captions);
    measures = List.copyOf(measures);
  }

  static PictureInputs of(PictureRequest r, Consumer<String> notes) {
    List<PictureFolder> folders = new ArrayList<>();
    folders.add(PictureFolder.list(r.pictures(), r.output()));
    Path compared = r.compared();
    if (compared != null) {
      folders.add(PictureFolder.list(compared, r.output()));
    }
    PictureFolder reference = null;
    Path statistics = null;
    Path given = r.reference();
    if (given != null && Files.isDirectory(given)) {
      reference = PictureFolder.list(given, r.output());
    } else if (given != null) {
      statistics = requireStatistics(given);
    }
    List<List<String>> captions = new ArrayList<>();
    Path file = r.captions();
    CaptionFile known = file == null ? null : CaptionFile.read(file);
    for (PictureFolder folder : folders) {
      captions.add(known == null ? List.of() : known.of(folder.pictures()));
      if (folder.others() > 0) {
        notes.accept(
            folder.others()
                + " other files in "
                + folder.root()
                + " are no pictures and were left out");
      }
    }
    PictureInputs inputs =
        new PictureInputs(folders, captions, reference, statistics, chosen(r, given, known, notes));
    inputs.check(r, notes);
    return inputs;
  }

  private static Path requireStatistics(Path file) {
    if (!Files.exists(file)) {
      throw new InvalidRequestException("there is no reference at " + file);
    }
    if (!file.toString().endsWith(".npz")) {
      throw new InvalidRequestException(
          "the reference must be a folder of pictures or a .npz file of statistics but was "
              + file);
    }
    return file;
  }

  private static List<PictureMeasure> chosen(
      PictureRequest r,
      @Nullable Path reference,
      @Nullable CaptionFile captions,
      Consumer<String> notes) {
    if (!r.measures().isEmpty()) {
      return PictureMeasures.named(r.measures(), r.mode());
    }
    if (r.statistics() != null) {
      return List.of();
    }
    List<PictureMeasure> chosen = new ArrayList<>();
    boolean pictures = reference != null && Files.isDirectory(reference);
    for (PictureMeasure m : PictureMeasures.all(r.mode())) {
      String reason = null;
      if (m.network().find(r.weights()) == null) {
        reason = "weights " + m.network().files().get(0) + " in " + r.weights();
      } else if (m.needs().contains(Need.CAPTIONS) && captions == null) {
        reason = "captions";
      } else if (m.needs().contains(Need.REFERENCE) && reference == null) {
        reason = "a reference";
      } else if (m.needs().contains(Need.REFERENCE_PICTURES) && !pictures) {
        reason = "reference pictures";
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

  private void check(PictureRequest r, Consumer<String> notes) {
    for (PictureMeasure m : measures) {
      boolean wantsPictures = m.needs().contains(Need.REFERENCE_PICTURES);
      if (wantsPictures && statistics != null) {
        throw new InvalidRequestException(
            m.name()
                + " needs reference pictures: the statistics in "
                + statistics
                + " hold only a mean and a covariance");
      }
      if ((wantsPictures || m.needs().contains(Need.REFERENCE)) && r.reference() == null) {
        throw new InvalidRequestException(
            m.name() + " compares the pictures with others and needs a reference", Hint.REFERENCE);
      }
      if (m.needs().contains(Need.CAPTIONS) && r.captions() == null) {
        throw new InvalidRequestException(
            m.name() + " needs the caption of each picture", Hint.CAPTIONS);
      }
      m.network().require(r.weights());
      for (PictureFolder folder : sets(m)) {
        checkCount(m, folder, r, notes);
      }
    }
    noteKinds(notes);
  }

  /** The folders whose numbers of pictures matter to a measure. */
  private List<PictureFolder> sets(PictureMeasure m) {
    List<PictureFolder> sets = new ArrayList<>(folders);
    boolean compares =
        m.needs().contains(Need.REFERENCE_PICTURES) || m.needs().contains(Need.REFERENCE);
    if (reference != null && compares) {
      sets.add(reference);
    }
    return sets;
  }

  private static void checkCount(
      PictureMeasure m, PictureFolder folder, PictureRequest r, Consumer<String> notes) {
    int count = folder.pictures().size();
    if (count < m.least()) {
      throw new InvalidRequestException(
          m.name()
              + " needs at least "
              + m.least()
              + " pictures but "
              + folder.root()
              + " has "
              + count);
    }
    if (count < m.leastUnbiased()) {
      if (!r.allowSmall()) {
        throw new InvalidRequestException(
            m.name()
                + " of "
                + count
                + " pictures in "
                + folder.root()
                + " would be biased upwards: it needs at least "
                + m.leastUnbiased(),
            Hint.SMALL_SAMPLE);
      }
      notes.accept(
          m.name()
              + " of "
              + count
              + " pictures in "
              + folder.root()
              + " is biased upwards, by"
              + " about a constant over their number: compare it only with that of as many pictures");
    }
  }

  /** How a file was compressed can be seen in FID. */
  private void noteKinds(Consumer<String> notes) {
    PictureFolder real = reference;
    if (real != null && !real.kinds().equals(folders.get(0).kinds())) {
      notes.accept(
          "the pictures are "
              + String.join(" and ", folders.get(0).kinds())
              + ", the reference is "
              + String.join(" and ", real.kinds())
              + ": JPEG's losses count as a difference between the two");
    }
  }
}
