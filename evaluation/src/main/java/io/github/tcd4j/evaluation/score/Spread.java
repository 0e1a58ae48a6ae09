package io.github.tcd4j.evaluation.score;

/** How the interval of a figure was found, and so what the interval of a difference is. */
public enum Spread {
  /** A bootstrap over pictures: its resamples draw the same rows for sets of equal size. */
  BOOTSTRAP,
  /** Groups of pictures left out in turn. */
  JACKKNIFE,
  /** An interval that knows no pictures, so no difference can be paired. */
  PLAIN
}
