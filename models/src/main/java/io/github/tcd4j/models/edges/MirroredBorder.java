package io.github.tcd4j.models.edges;

import io.github.tcd4j.tensor.Scope;
import io.github.tcd4j.tensor.Tensor;

/** Rows and columns around a map that mirror those inside, the outermost not repeated. */
final class MirroredBorder {
  private MirroredBorder() {}

  /** x (B, C, h, w), both sides above n, to (B, C, h + 2n, w + 2n). */
  static Tensor around(Tensor x, int n) {
    return Scope.result(
        () -> {
          Tensor tall = x.indexSelect(2, positions(x.size(2), n).to(x.device()));
          return tall.indexSelect(3, positions(x.size(3), n).to(x.device()));
        });
  }

  private static Tensor positions(long size, int n) {
    long[] at = new long[Math.toIntExact(size + 2 * n)];
    for (int i = 0; i < at.length; i++) {
      long from = Math.abs(i - (long) n);
      at[i] = from < size ? from : 2 * (size - 1) - from;
    }
    return Tensor.of(at, at.length);
  }
}
