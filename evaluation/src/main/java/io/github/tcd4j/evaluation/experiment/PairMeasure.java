package io.github.tcd4j.evaluation.experiment;

/** What is measured in the features of the model's own text-image pair, or without any network. */
public enum PairMeasure {
  /** Fréchet and kernel distance in the pair's features. */
  DISTANCE("pair-distance"),
  /** The pair's CLIP score, and retrieval of the own caption. */
  ALIGNMENT("pair-alignment"),
  /** Bits per pixel of the luminance's detail. */
  COMPLEXITY("pair-complexity"),
  /** The same after a median filter, which noise cannot raise; only where it is asked for. */
  FILTERED_COMPLEXITY("pair-complexity-median");

  private final String id;

  PairMeasure(String id) {
    this.id = id;
  }

  /** Its name among those of all measures. */
  public String id() {
    return id;
  }
}
