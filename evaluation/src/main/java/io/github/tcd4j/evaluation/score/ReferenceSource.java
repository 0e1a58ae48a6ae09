package io.github.tcd4j.evaluation.score;

import io.github.tcd4j.evaluation.network.PictureRows;
import io.github.tcd4j.evaluation.network.RowExtractor;
import io.github.tcd4j.evaluation.picture.PictureFile;
import io.github.tcd4j.evaluation.picture.PictureFolder;
import io.github.tcd4j.evaluation.preprocess.PicturePrep;
import io.github.tcd4j.files.InvalidRequestException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Where a reference is read from: real pictures, or a file of their statistics.
 *
 * @param label its name in progress and messages
 * @param pictures empty where there are only statistics
 * @param statistics a {@code .npz} file; null where there are pictures
 * @param prep what is done to the pictures before a network's own preprocessing
 */
public record ReferenceSource(
    String label, List<PictureFile> pictures, @Nullable Path statistics, PicturePrep prep) {
  public ReferenceSource {
    pictures = List.copyOf(pictures);
    if (pictures.isEmpty() == (statistics == null)) {
      throw new IllegalArgumentException("a reference has either pictures or statistics");
    }
  }

  /**
   * A folder of pictures or a {@code .npz} file.
   *
   * @param prep what is done to the pictures; of statistics nothing can be
   * @param omitted a folder inside that is left out; null for none
   * @throws InvalidRequestException if it is neither, or has no pictures
   */
  public static ReferenceSource at(Path given, PicturePrep prep, @Nullable Path omitted) {
    if (Files.isDirectory(given)) {
      PictureFolder folder = PictureFolder.list(given, omitted);
      return new ReferenceSource(given.toString(), folder.pictures(), null, prep);
    }
    if (!Files.exists(given)) {
      throw new InvalidRequestException("there is no reference at " + given);
    }
    if (!given.toString().endsWith(".npz")) {
      throw new InvalidRequestException(
          "the reference must be a folder of pictures or a .npz file of statistics but was "
              + given);
    }
    if (!prep.equals(PicturePrep.NONE)) {
      throw new InvalidRequestException(
          "the pictures behind the statistics in "
              + given
              + " cannot be prepared any more: "
              + prep.id()
              + " needs a reference of pictures");
    }
    return new ReferenceSource(given.toString(), List.of(), given, prep);
  }

  /** Whether it has the pictures themselves. */
  public boolean hasPictures() {
    return statistics == null;
  }

  /** Its rows or its moments in the features of a network; the caller closes it. */
  ReferenceSet read(RowExtractor extractor, SetMeasurement.Broken broken) {
    if (statistics != null) {
      return FeatureStatistics.read(statistics, extractor.identity());
    }
    PictureRows rows = extractor.pictures(label, pictures, List.of(), prep);
    broken.note(label, pictures.size(), rows.broken());
    String prepared = prep.equals(PicturePrep.NONE) ? "" : " " + prep.id();
    String identity = rows.identity() + " n=" + rows.pictures().size() + prepared;
    return new ReferenceSet(identity, rows.rows(), null);
  }
}
