package io.github.tcd4j.evaluation.network;

/** Is informed while networks look at pictures; may end the work by an exception. */
public interface ExtractionListener {
  /** Hears nothing. */
  ExtractionListener SILENT = (what, done, total, known) -> {};

  /**
   * Some pictures are done.
   *
   * @param what the network and the pictures
   * @param known how many of {@code done} were in the cache
   */
  void progress(String what, int done, int total, int known);
}
