package io.github.tcd4j.evaluation.score;

import io.github.tcd4j.evaluation.network.BrokenPicture;
import io.github.tcd4j.evaluation.picture.PictureFile;
import java.util.List;
import java.util.Map;

/**
 * The figures of one folder.
 *
 * @param label its name in tables
 * @param pictures those that were measured, in order
 * @param captions by the name of the picture; empty where none were given
 * @param broken those that could not be read
 * @param scores in the order of the registry
 */
public record PictureScores(
    String label,
    List<PictureFile> pictures,
    Map<String, String> captions,
    List<BrokenPicture> broken,
    List<Score> scores) {
  public PictureScores {
    pictures = List.copyOf(pictures);
    captions = Map.copyOf(captions);
    broken = List.copyOf(broken);
    scores = List.copyOf(scores);
  }
}
