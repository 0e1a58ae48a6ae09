package io.github.tcd4j.evaluation.preprocess;

import io.github.tcd4j.images.Image;

/** Pictures of any size to the pixels that a network reads. */
public interface Preprocessor {
  /** What it does, for protocols: two of one name give the same numbers. */
  String id();

  /** Width and height of what it gives. */
  int side();

  /** The picture as (3, side, side): all red numbers, then green, then blue; rows from the top. */
  float[] apply(Image image);
}
