package io.github.tcd4j.evaluation.preprocess;

import io.github.tcd4j.images.Image;
import io.github.tcd4j.images.decode.ImageDecoder;
import io.github.tcd4j.images.decode.ImageFormatException;
import io.github.tcd4j.images.decode.Reading;

/** Pictures of any size to the pixels that a network reads. */
public interface Preprocessor {
  /** What it does, for protocols: two of one name give the same numbers. */
  String id();

  /** Width and height of what it gives. */
  int side();

  /**
   * The pixels of a file: as Pillow reads it, {@code convert("RGB")}, then {@link #apply}; or in
   * whatever order the measure's own program has.
   *
   * @throws ImageFormatException if it cannot be read
   */
  default float[] read(byte[] file) throws ImageFormatException {
    return apply(ImageDecoder.decode(file, Reading.AS_STORED));
  }

  /** The picture as (3, side, side): all red numbers, then green, then blue; rows from the top. */
  float[] apply(Image image);
}
