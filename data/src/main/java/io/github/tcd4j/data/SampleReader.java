package io.github.tcd4j.data;

import org.jspecify.annotations.Nullable;

/** The samples of one shard or folder, one after the other. */
public interface SampleReader extends AutoCloseable {
  /** The next sample, or null at the end; what cannot be read is a {@link DataException}. */
  @Nullable SampleFiles next();

  @Override
  void close();
}
