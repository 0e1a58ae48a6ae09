package io.github.tcd4j.evaluation.score;

import io.github.tcd4j.evaluation.metric.Estimate;
import io.github.tcd4j.evaluation.metric.InceptionScore;
import io.github.tcd4j.evaluation.network.NetworkSource;
import io.github.tcd4j.evaluation.report.Column;
import io.github.tcd4j.evaluation.report.Column.Better;
import io.github.tcd4j.models.inception.InceptionV3;
import io.github.tcd4j.tensor.Scope;
import java.util.List;
import java.util.Set;

/** The Inception Score (Salimans et al. 2016), as torch-fidelity computes it. */
record InceptionScoreMeasure(NetworkSource network) implements PictureMeasure {
  static final Column IS =
      new Column(
          "is",
          "Inception Score",
          Better.HIGHER,
          2,
          "how sure the classifier is of each picture, and how varied it finds them all; knows no"
              + " reference");

  private static final double NORMAL = 1.959963984540054;

  @Override
  public String name() {
    return "is";
  }

  @Override
  public List<Column> columns() {
    return List.of(IS);
  }

  @Override
  public Set<Need> needs() {
    return Set.of();
  }

  @Override
  public int least() {
    return InceptionScore.SPLITS;
  }

  @Override
  public List<Score> measure(Sample sample) {
    try (Scope scope = Scope.inference()) {
      InceptionScore found =
          InceptionScore.of(
              sample.pictures().rows().narrow(1, InceptionV3.FEATURES, InceptionV3.CLASSES));
      double half = NORMAL * found.deviation() / Math.sqrt(InceptionScore.SPLITS);
      Estimate estimate = new Estimate(found.mean(), found.mean() - half, found.mean() + half);
      String protocol =
          sample.protocol(
              "is", InceptionScore.SPLITS + " splits, seed " + InceptionScore.SEED + ", no bias");
      return List.of(new Score(IS, estimate, 1, sample.count(), protocol, Spread.PLAIN, null));
    }
  }
}
