package io.github.tcd4j.evaluation.measure;

import io.github.tcd4j.evaluation.dataset.ImageSet;
import io.github.tcd4j.evaluation.dataset.Prompts;
import io.github.tcd4j.evaluation.metric.Bootstrap;
import io.github.tcd4j.evaluation.metric.Complexity;
import io.github.tcd4j.evaluation.metric.Estimate;
import io.github.tcd4j.evaluation.metric.MedianFilter;
import io.github.tcd4j.evaluation.report.Column;
import io.github.tcd4j.evaluation.report.Column.Better;
import io.github.tcd4j.tensor.Scope;
import io.github.tcd4j.tensor.Tensor;
import java.util.List;
import java.util.Map;

/**
 * How much detail the pictures have, in bits per pixel; see {@link Complexity}. More is better only
 * as far as it goes with the other figures: noise counts as detail, unless a {@link MedianFilter}
 * takes it away first.
 *
 * @param filtered whether it does
 */
public record ComplexityMeasure(Prompts prompts, Bootstrap bootstrap, boolean filtered)
    implements ImageMeasure {
  public static final Column COMPLEXITY =
      new Column(
          "complexity",
          "complexity (bits/pixel)",
          Better.NEITHER,
          3,
          "bits per pixel that the detail of the luminance costs an ideal coder; needs no network,"
              + " and counts noise as detail");

  public static final Column FILTERED =
      new Column(
          "complexity_median",
          "complexity after a median (bits/pixel)",
          Better.NEITHER,
          3,
          "the same after a 3x3 median filter, which takes away single pixels, so that noise does not"
              + " raise it");

  private static final int BATCH = 64;

  @Override
  public List<Column> columns() {
    return List.of(column());
  }

  private Column column() {
    return filtered ? FILTERED : COMPLEXITY;
  }

  @Override
  public Map<Column, Estimate> measure(ImageSet pictures) {
    double[] values = new double[pictures.size()];
    for (int start = 0; start < values.length; start += BATCH) {
      try (Scope scope = Scope.inference()) {
        int count = Math.min(BATCH, values.length - start);
        Tensor pixels = pictures.pixels(start, count);
        double[] part = Complexity.of(filtered ? MedianFilter.of(pixels) : pixels);
        System.arraycopy(part, 0, values, start, count);
      }
    }
    return Map.of(column(), bootstrap.mean(values));
  }
}
