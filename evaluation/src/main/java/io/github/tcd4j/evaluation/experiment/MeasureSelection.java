package io.github.tcd4j.evaluation.experiment;

import io.github.tcd4j.evaluation.score.PictureMeasure;
import io.github.tcd4j.evaluation.score.PictureMeasures;
import io.github.tcd4j.evaluation.score.ReferenceSource;
import io.github.tcd4j.files.InvalidRequestException;
import io.github.tcd4j.tensor.Device;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * What is measured of the generated pictures.
 *
 * @param pair of the model's own text-image pair
 * @param published those of the registry; null for none
 */
public record MeasureSelection(Set<PairMeasure> pair, @Nullable Published published) {
  /** The pair's usual ones and none of the registry's. */
  public static final MeasureSelection PAIR =
      new MeasureSelection(EnumSet.complementOf(EnumSet.of(PairMeasure.FILTERED_COMPLEXITY)), null);

  /**
   * Measures of the registry and what they need.
   *
   * @param measures at least one
   * @param reference null for none, or where the reference is that of the evaluation
   * @param weights folder of the networks' weights
   * @param allowSmall whether figures that few pictures bias are given
   * @param device where the networks compute
   * @param batch pictures at once
   */
  public record Published(
      List<PictureMeasure> measures,
      @Nullable ReferenceSource reference,
      Path weights,
      boolean allowSmall,
      Device device,
      int batch) {
    public Published {
      measures = List.copyOf(measures);
      if (measures.isEmpty()) {
        throw new IllegalArgumentException("there must be a measure");
      }
    }
  }

  public MeasureSelection {
    pair = Set.copyOf(pair);
    if (pair.isEmpty() && published == null) {
      throw new InvalidRequestException("there must be at least one measure");
    }
    boolean twice =
        published != null
            && published.measures().stream().anyMatch(m -> m.name().equals("complexity"));
    if (twice && pair.contains(PairMeasure.COMPLEXITY)) {
      throw new InvalidRequestException(
          "complexity and pair-complexity have the same name in files; choose one of them");
    }
  }

  /** The names among {@code names} that are the pair's. */
  public static Set<PairMeasure> pairOf(List<String> names) {
    EnumSet<PairMeasure> chosen = EnumSet.noneOf(PairMeasure.class);
    for (PairMeasure m : PairMeasure.values()) {
      if (names.contains(m.id())) {
        chosen.add(m);
      }
    }
    return chosen;
  }

  /**
   * The measures among {@code names} that are the registry's.
   *
   * @throws InvalidRequestException if a name is neither there nor the pair's; it lists all
   */
  public static List<PictureMeasure> publishedOf(List<String> names, PictureMeasures registry) {
    List<String> own = Stream.of(PairMeasure.values()).map(PairMeasure::id).toList();
    List<String> known = new ArrayList<>(registry.all().stream().map(m -> m.name()).toList());
    List<String> rest = names.stream().filter(n -> !own.contains(n)).toList();
    for (String name : rest) {
      if (!known.contains(name)) {
        throw new InvalidRequestException(
            "there is no measure '"
                + name
                + "'; there are "
                + Stream.concat(own.stream(), known.stream()).collect(Collectors.joining(", ")));
      }
    }
    return registry.named(rest);
  }
}
