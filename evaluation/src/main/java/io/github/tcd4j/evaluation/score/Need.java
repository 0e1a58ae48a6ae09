package io.github.tcd4j.evaluation.score;

/** What a measure needs beside the pictures. */
public enum Need {
  /** Reference pictures, or a file of their statistics. */
  REFERENCE,
  /** Reference pictures themselves: statistics do not hold what it compares. */
  REFERENCE_PICTURES,
  /** A caption for each picture. */
  CAPTIONS
}
