package io.github.tcd4j.pipeline.adapter;

import io.github.tcd4j.files.InvalidRequestException;
import io.github.tcd4j.images.Image;

/** Where a network that computes hints is read from. */
public sealed interface HintSource permits DepthSource, EdgeSource {
  /**
   * Checks that the network reads that picture.
   *
   * @throws InvalidRequestException if it does not
   */
  void requireReads(Image picture);
}
