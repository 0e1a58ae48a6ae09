package io.github.tcd4j.evaluation.metric;

import io.github.tcd4j.tensor.DType;
import io.github.tcd4j.tensor.Functional;
import io.github.tcd4j.tensor.Scope;
import io.github.tcd4j.tensor.Tensor;

/**
 * How well a picture fits its caption: 100 times the cosine between their features in a text-image
 * network. Negative cosines stay negative; no other factor is applied.
 */
public final class ClipScore {
  private ClipScore() {}

  /** One score in [-100, 100] for each row of images (B, P) and texts (B, P). */
  public static double[] of(Tensor images, Tensor texts) {
    if (Moments.rows(images) != Moments.rows(texts)) {
      throw new IllegalArgumentException(
          "each picture needs one caption but features were " + images + " and " + texts);
    }
    try (Scope scope = Scope.inference()) {
      return unit(images).times(unit(texts)).sum(false, 1).times(100).toDoubleArray();
    }
  }

  /** Rows (N, P) of length 1, float64; a row of zeros stays one. */
  static Tensor unit(Tensor features) {
    return Functional.normalize(features.to(DType.F64), 1);
  }
}
