package io.github.tcd4j.evaluation.score;

import io.github.tcd4j.evaluation.picture.PictureFile;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Pictures to be measured together.
 *
 * @param label its name in progress and tables
 * @param pictures at least one
 * @param captions one a picture; empty where there are none
 * @param captionSource names what the captions are from in protocols; empty for nothing
 * @param cache folder of rows of its own; null for that which all sets share
 */
public record PictureSet(
    String label,
    List<PictureFile> pictures,
    List<String> captions,
    String captionSource,
    @Nullable Path cache) {
  public PictureSet {
    pictures = List.copyOf(pictures);
    captions = List.copyOf(captions);
    if (!captions.isEmpty() && captions.size() != pictures.size()) {
      throw new IllegalArgumentException(
          "there must be a caption for each of "
              + (pictures.size() + " pictures but there were " + captions.size()));
    }
  }
}
