package io.github.tcd4j.evaluation.score;

import io.github.tcd4j.evaluation.metric.Moments;
import io.github.tcd4j.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * What pictures are compared with: the rows of other pictures, or their statistics alone.
 *
 * @param identity names it in protocols
 * @param rows float32 (M, P); null where only statistics are known
 * @param moments mean and covariance; null where the rows are known
 */
public record ReferenceSet(String identity, @Nullable Tensor rows, @Nullable Moments moments)
    implements AutoCloseable {
  public ReferenceSet {
    if ((rows == null) == (moments == null)) {
      throw new IllegalArgumentException("a reference has either rows or moments");
    }
  }

  /** The rows, for a measure that said that it needs them. */
  public Tensor requireRows() {
    Tensor known = rows;
    if (known == null) {
      throw new IllegalStateException("the reference has statistics only");
    }
    return known;
  }

  /** Frees the rows; moments belong to the scope in which they were read. */
  @Override
  public void close() {
    if (rows != null) {
      rows.close();
    }
  }
}
