package io.github.tcd4j.evaluation.score;

import io.github.tcd4j.evaluation.metric.Estimate;
import io.github.tcd4j.evaluation.metric.FrechetDistance;
import io.github.tcd4j.evaluation.metric.Jackknife;
import io.github.tcd4j.evaluation.metric.Moments;
import io.github.tcd4j.evaluation.network.NetworkSource;
import io.github.tcd4j.evaluation.report.Column;
import io.github.tcd4j.evaluation.report.Column.Better;
import io.github.tcd4j.files.InvalidRequestException;
import io.github.tcd4j.models.efficientnet.EfficientNetLite0;
import io.github.tcd4j.models.inception.InceptionV3;
import io.github.tcd4j.tensor.Scope;
import io.github.tcd4j.tensor.Tensor;
import java.util.List;
import java.util.Set;
import java.util.function.ToDoubleFunction;

/**
 * The Fréchet Inception Distance (Heusel et al. 2017), and the same distance of the features of
 * another network, which is no FID.
 *
 * @param column names it
 * @param width of the features, with which a row of the network begins
 * @param compares what it is compared with: statistics in files are exchanged for Inception alone
 */
record FidMeasure(NetworkSource network, Column column, int width, Need compares)
    implements PictureMeasure {
  static final Column FID =
      new Column(
          "fid",
          "FID",
          Better.LOWER,
          2,
          "Fréchet distance between the Inception features of the pictures and of the reference;"
              + " falls with the number of pictures");

  static final Column EFFICIENT_NET =
      new Column(
          "fd-efflite0",
          "FD-efflite0",
          Better.LOWER,
          2,
          "Fréchet distance between EfficientNet-Lite0's features of the pictures and of the"
              + " reference, which is no FID; falls with the number of pictures");

  /** FID of Inception's features. */
  FidMeasure(NetworkSource inception) {
    this(inception, FID, InceptionV3.FEATURES, Need.REFERENCE);
  }

  /** FD-efflite0 of EfficientNet-Lite0's features. */
  static FidMeasure ofEfficientNet(NetworkSource efficientNet) {
    return new FidMeasure(
        efficientNet, EFFICIENT_NET, EfficientNetLite0.FEATURES, Need.REFERENCE_PICTURES);
  }

  @Override
  public String name() {
    return column.id();
  }

  @Override
  public List<Column> columns() {
    return List.of(column);
  }

  @Override
  public Set<Need> needs() {
    return Set.of(compares);
  }

  @Override
  public int least() {
    return 2;
  }

  /** Fewer pictures than features make the covariance singular, and the figure meaningless. */
  @Override
  public int leastUnbiased() {
    return width;
  }

  /** Inception's features among the numbers of a row. */
  static Tensor features(Tensor rows) {
    return rows.narrow(1, 0, InceptionV3.FEATURES);
  }

  private Tensor own(Tensor rows) {
    return rows.narrow(1, 0, width);
  }

  @Override
  public List<Score> measure(Sample sample) {
    try (Scope scope = Scope.inference()) {
      Tensor x = own(sample.pictures().rows());
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
      String small = sample.count() < width ? ", small sample: biased upwards" : "";
      String protocol =
          sample.protocol(
              name(), "mean and unbiased covariance of " + width + " features, f64" + small);
      return List.of(new Score(column, estimate, 1, sample.count(), protocol, spread, null));
    }
  }

  /** Prepares the reference once, where that pays. */
  private ToDoubleFunction<Tensor> distance(ReferenceSet reference, int count) {
    Tensor rows = reference.rows();
    Moments known = reference.moments();
    boolean few = count < width;
    if (known != null && known.width() != width) {
      throw new InvalidRequestException(
          "the statistics of the reference are of "
              + known.width()
              + " features but "
              + column.title()
              + " has "
              + width);
    }
    if (rows != null && few && rows.size(0) < width) {
      Tensor y = own(rows);
      return x -> FrechetDistance.between(x, y);
    }
    Moments moments = known != null ? known : Moments.of(own(reference.requireRows()));
    if (few) {
      return x -> FrechetDistance.between(x, moments);
    }
    FrechetDistance prepared = FrechetDistance.to(moments);
    return x -> prepared.from(Moments.of(x));
  }
}
