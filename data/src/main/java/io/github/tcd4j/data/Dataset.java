package io.github.tcd4j.data;

import java.util.List;

/** Captioned images by number, all of one size. */
public interface Dataset {
  /** Number of images, at least 1; of an endless data set the largest integer. */
  int size();

  /**
   * Whether there are always more images than a run uses, each made when it is read, so that none
   * needs to be used twice.
   */
  default boolean isEndless() {
    return false;
  }

  /** The caption of image {@code i}, which may cost less than the image. */
  default String caption(int i) {
    return get(i).caption();
  }

  /**
   * The image number {@code i}, counted from 0.
   *
   * @throws IndexOutOfBoundsException if there are not so many
   */
  CaptionedImage get(int i);

  /** A data set of images that are in memory already. */
  static Dataset of(List<CaptionedImage> images) {
    List<CaptionedImage> copy = List.copyOf(images);
    return new Dataset() {
      @Override
      public int size() {
        return copy.size();
      }

      @Override
      public CaptionedImage get(int i) {
        return copy.get(i);
      }
    };
  }
}
