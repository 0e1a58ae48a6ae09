package io.github.tcd4j.evaluation.score;

import io.github.tcd4j.evaluation.metric.PrecisionRecall;
import io.github.tcd4j.evaluation.network.NetworkSource;
import io.github.tcd4j.evaluation.report.Column;
import io.github.tcd4j.evaluation.report.Column.Better;
import io.github.tcd4j.tensor.Scope;
import java.util.List;
import java.util.Set;

/** Improved precision and recall (Kynkäänniemi et al. 2019) of Inception features. */
record PrecisionRecallMeasure(NetworkSource network) implements PictureMeasure {
  static final Column PRECISION =
      new Column(
          "precision",
          "precision",
          Better.HIGHER,
          3,
          "share of the pictures that lie among those of the reference");

  static final Column RECALL =
      new Column(
          "recall",
          "recall",
          Better.HIGHER,
          3,
          "share of the reference that lies among the pictures");

  @Override
  public String name() {
    return "precision-recall";
  }

  @Override
  public List<Column> columns() {
    return List.of(PRECISION, RECALL);
  }

  @Override
  public Set<Need> needs() {
    return Set.of(Need.REFERENCE_PICTURES);
  }

  @Override
  public int least() {
    return PrecisionRecall.NEIGHBOURS + 1;
  }

  @Override
  public List<Score> measure(Sample sample) {
    try (Scope scope = Scope.inference()) {
      PrecisionRecall found =
          PrecisionRecall.of(
              FidMeasure.features(sample.pictures().rows()),
              FidMeasure.features(sample.requireReference().requireRows()),
              PrecisionRecall.NEIGHBOURS);
      String statistics = "k=" + PrecisionRecall.NEIGHBOURS + ", f64";
      return List.of(
          score(sample, PRECISION, found.precise(), statistics, true),
          score(sample, RECALL, found.recalled(), statistics, false));
    }
  }

  private static Score score(
      Sample sample, Column column, double[] shares, String statistics, boolean ofPictures) {
    return new Score(
        column,
        sample.bootstrap().mean(shares),
        1,
        sample.count(),
        sample.protocol(column.id(), statistics),
        Spread.BOOTSTRAP,
        ofPictures ? shares : null);
  }
}
