package io.github.tcd4j.evaluation.score;

import io.github.tcd4j.evaluation.metric.PrecisionRecall;
import io.github.tcd4j.evaluation.network.NetworkSource;
import io.github.tcd4j.evaluation.report.Column;
import io.github.tcd4j.evaluation.report.Column.Better;
import io.github.tcd4j.models.efficientnet.EfficientNetLite0;
import io.github.tcd4j.models.inception.InceptionV3;
import io.github.tcd4j.tensor.Scope;
import java.util.List;
import java.util.Set;

/**
 * Improved precision and recall (Kynkäänniemi et al. 2019). Of the features of another network than
 * Inception they have names of their own.
 *
 * @param suffix of the names of the measure and its columns; empty for Inception
 * @param width of the features, with which a row of the network begins
 */
record PrecisionRecallMeasure(NetworkSource network, String suffix, int width)
    implements PictureMeasure {
  /** Of Inception's features. */
  PrecisionRecallMeasure(NetworkSource inception) {
    this(inception, "", InceptionV3.FEATURES);
  }

  /** Of EfficientNet-Lite0's features. */
  static PrecisionRecallMeasure ofEfficientNet(NetworkSource efficientNet) {
    return new PrecisionRecallMeasure(efficientNet, "-efflite0", EfficientNetLite0.FEATURES);
  }

  @Override
  public String name() {
    return "precision-recall" + suffix;
  }

  @Override
  public List<Column> columns() {
    return List.of(
        column("precision", "share of the pictures that lie among those of the reference"),
        column("recall", "share of the reference that lies among the pictures"));
  }

  private Column column(String name, String meaning) {
    String features = suffix.isEmpty() ? "" : ", in EfficientNet-Lite0's features";
    return new Column(name + suffix, name + suffix, Better.HIGHER, 3, meaning + features);
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
              sample.pictures().rows().narrow(1, 0, width),
              sample.requireReference().requireRows().narrow(1, 0, width),
              PrecisionRecall.NEIGHBOURS);
      String statistics = "k=" + PrecisionRecall.NEIGHBOURS + ", f64";
      return List.of(
          score(sample, columns().get(0), found.precise(), statistics, true),
          score(sample, columns().get(1), found.recalled(), statistics, false));
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
