package io.github.tcd4j.evaluation.score;

import io.github.tcd4j.evaluation.network.NetworkSource;
import io.github.tcd4j.evaluation.network.NetworkSources;
import io.github.tcd4j.evaluation.preprocess.FidMode;
import io.github.tcd4j.files.InvalidRequestException;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/** The registry of measures. */
public final class PictureMeasures {
  private PictureMeasures() {}

  /**
   * All measures, in the order in which they are shown.
   *
   * @param mode how Inception's pictures are resized
   */
  public static List<PictureMeasure> all(FidMode mode) {
    NetworkSource inception = NetworkSources.inception(mode);
    return List.of(
        new FidMeasure(inception),
        new KidMeasure(inception),
        new PrecisionRecallMeasure(inception),
        new InceptionScoreMeasure(inception));
  }

  /**
   * Measures by their names.
   *
   * @throws InvalidRequestException if there is none of a name; it lists those that there are
   */
  public static List<PictureMeasure> named(List<String> names, FidMode mode) {
    List<PictureMeasure> all = all(mode);
    List<PictureMeasure> chosen = new ArrayList<>();
    for (String name : names.stream().map(String::strip).distinct().toList()) {
      chosen.add(
          all.stream()
              .filter(m -> m.name().equals(name))
              .findFirst()
              .orElseThrow(
                  () ->
                      new InvalidRequestException(
                          "there is no measure '"
                              + name
                              + "'; there are "
                              + all.stream()
                                  .map(PictureMeasure::name)
                                  .collect(Collectors.joining(", ")))));
    }
    return chosen;
  }
}
