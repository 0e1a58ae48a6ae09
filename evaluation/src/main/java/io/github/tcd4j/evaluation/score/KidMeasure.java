package io.github.tcd4j.evaluation.score;

import io.github.tcd4j.evaluation.metric.Estimate;
import io.github.tcd4j.evaluation.metric.KernelDistance;
import io.github.tcd4j.evaluation.network.NetworkSource;
import io.github.tcd4j.evaluation.report.Column;
import io.github.tcd4j.evaluation.report.Column.Better;
import io.github.tcd4j.models.inception.InceptionV3;
import io.github.tcd4j.tensor.Scope;
import io.github.tcd4j.tensor.Tensor;
import java.util.Arrays;
import java.util.List;
import java.util.Set;

/**
 * The kernel inception distance (Bińkowski et al. 2018), as torch-fidelity: the mean over 100
 * subsets of 1,000 pictures, or of as many as there are. The interval is that of the bootstrap over
 * all pairs, moved to the mean.
 *
 * @param column its id is the measure's name
 * @param width features, the first numbers of a row
 */
record KidMeasure(NetworkSource network, Column column, int width) implements PictureMeasure {
  static final Column KID =
      new Column(
          "kid",
          "KID x1000",
          Better.LOWER,
          3,
          "a thousand times the unbiased kernel distance of Inception features; does not depend on"
              + " the number of pictures, and may fall below 0");

  private static final int SUBSETS = 100;
  private static final int SUBSET_SIZE = 1000;

  /** torch-fidelity's. */
  private static final int SEED = 2020;

  /** KID itself, of Inception's features. */
  KidMeasure(NetworkSource network) {
    this(network, KID, InceptionV3.FEATURES);
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
    return Set.of(Need.REFERENCE_PICTURES);
  }

  @Override
  public int least() {
    return 2;
  }

  @Override
  public List<Score> measure(Sample sample) {
    try (Scope scope = Scope.inference()) {
      Tensor x = sample.pictures().rows().narrow(1, 0, width);
      Tensor y = sample.requireReference().requireRows().narrow(1, 0, width);
      int size = (int) Math.min(SUBSET_SIZE, Math.min(x.size(0), y.size(0)));
      double[] subsets = KernelDistance.subsets(x, y, SUBSETS, size, SEED);
      double mean = Arrays.stream(subsets).average().orElseThrow();
      Estimate all = KernelDistance.to(y).estimate(x, sample.bootstrap());
      double shift = mean - all.value();
      Estimate estimate =
          new Estimate(
              mean,
              all.low() + shift,
              all.high() + shift,
              all.replicates().stream().map(r -> r + shift).toList());
      String protocol =
          sample.protocol(
              name(), "cubic kernel, f64, " + SUBSETS + " subsets of " + size + ", seed " + SEED);
      return List.of(
          new Score(column, estimate, 1000, sample.count(), protocol, Spread.BOOTSTRAP, null));
    }
  }
}
