package io.github.tcd4j.training.dataset;

import io.github.tcd4j.data.EpochOrder;

/** Examples by row. */
public interface Corpus {
  /** Number of rows. */
  int size();

  /** The order in which the rows are seen. */
  EpochOrder order(long seed);
}
