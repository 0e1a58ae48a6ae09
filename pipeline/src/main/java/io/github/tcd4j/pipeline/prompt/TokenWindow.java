package io.github.tcd4j.pipeline.prompt;

/**
 * As many tokens as a text encoder takes at once: begin, text, end, padding.
 *
 * @param ids those from the vocabulary's size on name the vectors of textual inversions, in order
 * @param weights factor on what becomes of each token
 */
@SuppressWarnings("ArrayRecordComponent") // Bulk data; equality of content is not needed.
public record TokenWindow(long[] ids, float[] weights) {
  /** Whether any weight is not 1. */
  public boolean weighted() {
    for (float weight : weights) {
      if (weight != 1) {
        return true;
      }
    }
    return false;
  }
}
