package io.github.tcd4j.training.dataset;

import io.github.tcd4j.data.EpochOrder;
import io.github.tcd4j.training.Task;

/** A task whose examples are the rows of a corpus. */
public interface CorpusTask extends Task {
  /** The examples. */
  Corpus corpus();

  @Override
  default int size() {
    return corpus().size();
  }

  @Override
  default EpochOrder order(long seed) {
    return corpus().order(seed);
  }
}
