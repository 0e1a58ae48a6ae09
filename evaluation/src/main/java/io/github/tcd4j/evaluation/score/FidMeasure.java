package io.github.tcd4j.evaluation.score;

import io.github.tcd4j.evaluation.metric.Estimate;
import io.github.tcd4j.evaluation.metric.FrechetDistance;
import io.github.tcd4j.evaluation.metric.Jackknife;
import io.github.tcd4j.evaluation.metric.Moments;
import io.github.tcd4j.evaluation.network.NetworkSource;
import io.github.tcd4j.evaluation.report.Column;
import io.github.tcd4j.evaluation.report.Column.Better;
import io.github.tcd4j.models.inception.InceptionV3;
import io.github.tcd4j.tensor.Scope;
import io.github.tcd4j.tensor.Tensor;
import java.util.List;
import java.util.Set;
import java.util.function.ToDoubleFunction;

/** The Fréchet Inception Distance (Heusel et al. 2017). */
record FidMeasure(NetworkSource network) implements PictureMeasure {
  static final Column FID =
      new Column(
          "fid",
          "FID",
          Better.LOWER,
          2,
          "Fréchet distance between the Inception features of the pictures and of the reference;"
              + " falls with the number of pictures");

  /** Fewer pictures than features make the covariance singular, and the figure meaningless. */
  private static final int USUAL = 2048;

  @Override
  public String name() {
    return "fid";
  }

  @Override
  public List<Column> columns() {
    return List.of(FID);
  }

  @Override
  public Set<Need> needs() {
    return Set.of(Need.REFERENCE);
  }

  @Override
  public int least() {
    return 2;
  }

  @Override
  public int leastUnbiased() {
    return USUAL;
  }

  /** The features among the numbers of a row. */
  static Tensor features(Tensor rows) {
    return rows.narrow(1, 0, InceptionV3.FEATURES);
  }

  @Override
  public List<Score> measure(Sample sample) {
    try (Scope scope = Scope.inference()) {
      Tensor x = features(sample.pictures().rows());
      ToDoubleFunction<Tensor> distance = distance(sample.requireReference(), sample.count());
      double value = distance.applyAsDouble(x);
      Estimate estimate = Estimate.exact(value);
      Spread spread = Spread.PLAIN;
      if (Jackknife.suits(sample.count())) {
        spread = Spread.JACKKNIFE;
        estimate = Jackknife.of(value, x, distance);
        estimate =
            new Estimate(
                value,
                Math.max(0, estimate.low()),
                Math.max(0, estimate.high()),
                estimate.replicates());
      }
      String small = sample.count() < USUAL ? ", small sample: biased upwards" : "";
      String protocol =
          sample.protocol("fid", "mean and unbiased covariance of 2048 features, f64" + small);
      return List.of(new Score(FID, estimate, 1, sample.count(), protocol, spread, null));
    }
  }

  /** Prepares the reference once, where that pays. */
  private static ToDoubleFunction<Tensor> distance(ReferenceSet reference, int count) {
    Tensor rows = reference.rows();
    Moments known = reference.moments();
    boolean few = count < InceptionV3.FEATURES;
    if (rows != null && few && rows.size(0) < InceptionV3.FEATURES) {
      Tensor y = features(rows);
      return x -> FrechetDistance.between(x, y);
    }
    Moments moments = known != null ? known : Moments.of(features(reference.requireRows()));
    if (few) {
      return x -> FrechetDistance.between(x, moments);
    }
    FrechetDistance prepared = FrechetDistance.to(moments);
    return x -> prepared.from(Moments.of(x));
  }
}
