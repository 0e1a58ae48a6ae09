package io.github.tcd4j.evaluation.score;

import io.github.tcd4j.evaluation.metric.Estimate;
import io.github.tcd4j.evaluation.metric.FrechetDistance;
import io.github.tcd4j.evaluation.metric.Jackknife;
import io.github.tcd4j.evaluation.metric.Moments;
import io.github.tcd4j.evaluation.network.NetworkSource;
import io.github.tcd4j.evaluation.report.Column;
import io.github.tcd4j.evaluation.report.Column.Better;
import io.github.tcd4j.files.InvalidRequestException;
import io.github.tcd4j.models.inception.InceptionV3;
import io.github.tcd4j.tensor.Scope;
import io.github.tcd4j.tensor.Tensor;
import java.util.List;
import java.util.Set;
import java.util.function.ToDoubleFunction;

/**
 * The Fréchet Inception Distance (Heusel et al. 2017), or that of another network's features, which
 * has another name.
 *
 * @param column its id is the measure's name
 * @param width features, the first numbers of a row; fewer pictures make the covariance singular,
 *     and the figure meaningless
 */
record FidMeasure(NetworkSource network, Column column, int width) implements PictureMeasure {
  static final Column FID =
      new Column(
          "fid",
          "FID",
          Better.LOWER,
          2,
          "Fréchet distance between the Inception features of the pictures and of the reference;"
              + " falls with the number of pictures");

  /** FID itself, of Inception's features. */
  FidMeasure(NetworkSource network) {
    this(network, FID, InceptionV3.FEATURES);
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
    return Set.of(Need.REFERENCE);
  }

  @Override
  public int least() {
    return 2;
  }

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
