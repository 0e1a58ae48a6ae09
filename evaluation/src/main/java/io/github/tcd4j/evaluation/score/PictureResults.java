package io.github.tcd4j.evaluation.score;

import java.util.List;

/**
 * What an evaluation of pictures found.
 *
 * @param folders the folder, and the one that it was compared with where there is one
 * @param differences first minus second; empty without a second
 * @param notes what a reader should know
 */
public record PictureResults(
    List<PictureScores> folders, List<Difference> differences, List<String> notes) {
  public PictureResults {
    folders = List.copyOf(folders);
    differences = List.copyOf(differences);
    notes = List.copyOf(notes);
  }

  /** The folder that was asked about. */
  public PictureScores first() {
    return folders.get(0);
  }
}
