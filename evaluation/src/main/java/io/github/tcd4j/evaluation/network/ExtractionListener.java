package io.github.tcd4j.evaluation.network;

/** Is informed while networks look at pictures; may end the work by an exception. */
public interface ExtractionListener {
  /** Hears nothing. */
  ExtractionListener SILENT = (network, done, total, known) -> {};

  /**
   * Some pictures are done.
   *
   * @param network its name
   * @param known how many of {@code done} were in the cache
   */
  void progress(String network, int done, int total, int known);
}
