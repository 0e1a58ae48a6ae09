package io.github.tcd4j.evaluation.score;

import io.github.tcd4j.evaluation.metric.Estimate;
import io.github.tcd4j.evaluation.report.Column;
import org.jspecify.annotations.Nullable;

/**
 * One figure of a set of pictures.
 *
 * @param column what it is; its id is the name in files
 * @param estimate the figure on the scale on which the measure's own program prints it
 * @param factor what it is multiplied by for people, as 1000 for KID; above 0
 * @param count how many pictures it is of
 * @param protocol weights, resizing, statistics, counts: only equal ones may be compared
 * @param spread how its interval was found
 * @param pictures the figure of each picture, in their order; null where a picture has none
 */
@SuppressWarnings("ArrayRecordComponent") // Bulk data; equality of content is not asked for.
public record Score(
    Column column,
    Estimate estimate,
    double factor,
    int count,
    String protocol,
    Spread spread,
    double @Nullable [] pictures) {
  /** The figure as it is shown to people. */
  public Estimate shown() {
    return factor == 1 ? estimate : estimate.times(factor);
  }
}
