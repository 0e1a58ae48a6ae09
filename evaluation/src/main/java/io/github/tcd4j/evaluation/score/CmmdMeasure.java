package io.github.tcd4j.evaluation.score;

import io.github.tcd4j.evaluation.metric.Estimate;
import io.github.tcd4j.evaluation.metric.Jackknife;
import io.github.tcd4j.evaluation.metric.MaximumMeanDiscrepancy;
import io.github.tcd4j.evaluation.network.NetworkSource;
import io.github.tcd4j.evaluation.report.Column;
import io.github.tcd4j.evaluation.report.Column.Better;
import io.github.tcd4j.tensor.Scope;
import io.github.tcd4j.tensor.Tensor;
import java.util.List;
import java.util.Set;

/** CMMD (Jayasumana et al. 2024) of CLIP's embeddings. */
record CmmdMeasure(NetworkSource network) implements PictureMeasure {
  static final Column CMMD =
      new Column(
          "cmmd",
          "CMMD",
          Better.LOWER,
          3,
          "a thousand times the squared maximum mean discrepancy of CLIP's embeddings, as the"
              + " paper's code prints it");

  @Override
  public String name() {
    return "cmmd";
  }

  @Override
  public List<Column> columns() {
    return List.of(CMMD);
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
      Tensor x = embeddings(sample.pictures().rows());
      MaximumMeanDiscrepancy distance =
          MaximumMeanDiscrepancy.to(embeddings(sample.requireReference().requireRows()));
      double value = distance.from(x);
      Estimate estimate = Estimate.exact(value);
      Spread spread = Spread.PLAIN;
      if (Jackknife.suits(sample.count())) {
        spread = Spread.JACKKNIFE;
        estimate = Jackknife.of(value, x, distance::from);
      }
      String protocol = sample.protocol("cmmd", "Gaussian kernel of width 10, biased, f64, x1000");
      return List.of(new Score(CMMD, estimate, 1, sample.count(), protocol, spread, null));
    }
  }

  /** Without the scale of the logits, which is the last number of a row. */
  private static Tensor embeddings(Tensor rows) {
    return rows.narrow(1, 0, rows.size(1) - 1);
  }
}
