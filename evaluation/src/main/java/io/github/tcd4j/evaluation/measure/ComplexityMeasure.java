package io.github.tcd4j.evaluation.measure;

import io.github.tcd4j.evaluation.dataset.ImageSet;
import io.github.tcd4j.evaluation.dataset.Prompts;
import io.github.tcd4j.evaluation.metric.Bootstrap;
import io.github.tcd4j.evaluation.metric.Complexity;
import io.github.tcd4j.evaluation.metric.Estimate;
import io.github.tcd4j.evaluation.report.Column;
import io.github.tcd4j.evaluation.report.Column.Better;
import io.github.tcd4j.tensor.Scope;
import java.util.List;
import java.util.Map;

/**
 * How much detail the pictures have, in bits per pixel; see {@link Complexity}. More is better only
 * as far as it goes with the other figures: noise counts as detail.
 */
public record ComplexityMeasure(Prompts prompts, Bootstrap bootstrap) implements ImageMeasure {
  public static final Column COMPLEXITY =
      new Column(
          "complexity",
          "complexity (bits/pixel)",
          Better.NEITHER,
          3,
          "bits per pixel that the detail of the luminance costs an ideal coder; needs no network,"
              + " and counts noise as detail");

  private static final int BATCH = 64;

  @Override
  public List<Column> columns() {
    return List.of(COMPLEXITY);
  }

  @Override
  public Map<Column, Estimate> measure(ImageSet pictures) {
    double[] values = new double[pictures.size()];
    for (int start = 0; start < values.length; start += BATCH) {
      try (Scope scope = Scope.inference()) {
        int count = Math.min(BATCH, values.length - start);
        double[] part = Complexity.of(pictures.pixels(start, count));
        System.arraycopy(part, 0, values, start, count);
      }
    }
    return Map.of(COMPLEXITY, bootstrap.mean(values));
  }
}
