package io.github.tcd4j.evaluation.metric;

import io.github.tcd4j.tensor.DType;
import io.github.tcd4j.tensor.Scope;
import io.github.tcd4j.tensor.Tensor;

/** How far apart the pictures of one caption are: the mean distance of two of them in features. */
public final class Diversity {
  private Diversity() {}

  /**
   * The mean over captions.
   *
   * @param features (C S, P), the S pictures of a caption one after the other
   * @param perCaption S, at least 2
   */
  public static double of(Tensor features, int perCaption) {
    long rows = features.size(0);
    if (perCaption < 2 || rows == 0 || rows % perCaption != 0) {
      throw new IllegalArgumentException(
          "diversity needs 2 pictures of each caption or more, all of one number, but there are "
              + (rows + " of " + perCaption + " each"));
    }
    try (Scope scope = Scope.inference()) {
      double[] values = features.to(DType.F64).contiguous().toDoubleArray();
      int width = Math.toIntExact(features.size(1));
      double sum = 0;
      long pairs = 0;
      for (int i = 0; i < rows; i++) {
        for (int j = i - i % perCaption; j < i; j++) {
          sum += distance(values, i * width, j * width, width);
          pairs++;
        }
      }
      return sum / pairs;
    }
  }

  private static double distance(double[] values, int a, int b, int width) {
    double sum = 0;
    for (int k = 0; k < width; k++) {
      double d = values[a + k] - values[b + k];
      sum += d * d;
    }
    return Math.sqrt(sum);
  }
}
