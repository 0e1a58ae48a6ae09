package io.github.tcd4j.evaluation.score;

import io.github.tcd4j.evaluation.metric.Bootstrap;
import io.github.tcd4j.evaluation.metric.Estimate;
import io.github.tcd4j.evaluation.metric.Jackknife;
import io.github.tcd4j.files.InvalidRequestException;
import java.util.ArrayList;
import java.util.List;

/**
 * One folder minus another in one figure.
 *
 * @param first the figure of the first
 * @param second the figure of the second
 * @param estimate first minus second, with its interval
 * @param paired whether pictures of one name were taken as pairs, which narrows the interval
 */
public record Difference(Score first, Score second, Estimate estimate, boolean paired) {
  /**
   * The differences in all figures.
   *
   * @throws InvalidRequestException if a figure was made by two protocols
   */
  static List<Difference> of(PictureScores first, PictureScores second, Bootstrap bootstrap) {
    boolean pairs =
        first.pictures().stream()
            .map(p -> p.stem())
            .toList()
            .equals(second.pictures().stream().map(p -> p.stem()).toList());
    List<Difference> differences = new ArrayList<>();
    for (int i = 0; i < first.scores().size(); i++) {
      differences.add(of(first.scores().get(i), second.scores().get(i), pairs, bootstrap));
    }
    return differences;
  }

  /**
   * The difference of two figures of pictures of the same captions.
   *
   * @throws InvalidRequestException if they were made by two protocols
   */
  public static Difference paired(Score first, Score second, Bootstrap bootstrap) {
    return of(first, second, true, bootstrap);
  }

  /** The difference as it is shown to people. */
  public Estimate shown() {
    return first.factor() == 1 ? estimate : estimate.times(first.factor());
  }

  private static Difference of(Score a, Score b, boolean pairs, Bootstrap bootstrap) {
    requireOneProtocol(a, b);
    Spread spread = a.spread() == b.spread() ? a.spread() : Spread.PLAIN;
    Estimate x = a.estimate();
    Estimate y = b.estimate();
    if (pairs && spread == Spread.BOOTSTRAP) {
      return new Difference(a, b, bootstrap.difference(x, y), true);
    }
    if (pairs && spread == Spread.JACKKNIFE) {
      return new Difference(a, b, Jackknife.difference(x, y), true);
    }
    double half = Math.hypot((x.high() - x.low()) / 2, (y.high() - y.low()) / 2);
    double value = x.value() - y.value();
    return new Difference(a, b, new Estimate(value, value - half, value + half), false);
  }

  private static void requireOneProtocol(Score a, Score b) {
    if (!a.protocol().equals(b.protocol())) {
      throw new InvalidRequestException(
          a.column().title()
              + " of the two folders cannot be compared: one was measured by ("
              + a.protocol()
              + "), the other by ("
              + b.protocol()
              + ")");
    }
  }
}
