package io.github.tcd4j.models.lora;

/** What becomes of a LoRA of which not all keys find their layer. */
public enum MatchPolicy {
  /** What finds its layer acts, whatever else the file holds. */
  PARTIAL,
  /** An error, unless the rest is for a network that the model does not have. */
  WHOLE,
  /** Always an error. */
  STRICT;

  /** Of two flags, of which the second is of no use beside the first. */
  public static MatchPolicy of(boolean strict, boolean partial) {
    if (strict && partial) {
      throw new IllegalArgumentException(
          "strict and partial reading of LoRAs exclude each other; leave one out");
    }
    return strict ? STRICT : partial ? PARTIAL : WHOLE;
  }
}
