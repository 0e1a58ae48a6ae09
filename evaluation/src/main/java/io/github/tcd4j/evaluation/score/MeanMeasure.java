package io.github.tcd4j.evaluation.score;

import io.github.tcd4j.evaluation.network.NetworkSource;
import io.github.tcd4j.evaluation.report.Column;
import java.util.List;
import java.util.Set;
import java.util.function.Function;

/**
 * The mean of a figure that each picture has.
 *
 * @param name its name, which is its column's id too
 * @param readsTexts whether rows of captions are read
 * @param statistics how a picture's figure comes from its row, for the protocol
 * @param factor what it is multiplied by for people
 * @param figures one figure a picture
 */
record MeanMeasure(
    String name,
    Column column,
    NetworkSource network,
    Set<Need> needs,
    boolean readsTexts,
    String statistics,
    double factor,
    Function<Sample, double[]> figures)
    implements PictureMeasure {
  MeanMeasure {
    needs = Set.copyOf(needs);
  }

  @Override
  public List<Column> columns() {
    return List.of(column);
  }

  @Override
  public int least() {
    return 1;
  }

  @Override
  public List<Score> measure(Sample sample) {
    double[] each = figures.apply(sample);
    return List.of(
        new Score(
            column,
            sample.bootstrap().mean(each),
            factor,
            sample.count(),
            sample.protocol(name, statistics),
            Spread.BOOTSTRAP,
            each));
  }
}
