package io.github.tcd4j.evaluation.network;

import io.github.tcd4j.tensor.Tensor;
import java.util.List;

/** A network that makes a row of numbers of each picture. */
@FunctionalInterface
public interface PictureNetwork {
  /**
   * Rows of pictures.
   *
   * @param pixels F32 (B, 3, side, side), as the network's preprocessor makes them, on its device
   * @param captions one a picture; empty where the network does not read them
   * @return (B, P)
   */
  Tensor rows(Tensor pixels, List<String> captions);

  /** Rows (B, P) of captions, of a network that has them. */
  default Tensor texts(List<String> captions) {
    throw new UnsupportedOperationException("this network makes no rows of texts");
  }
}
