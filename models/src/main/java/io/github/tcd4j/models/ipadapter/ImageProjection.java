package io.github.tcd4j.models.ipadapter;

import io.github.tcd4j.tensor.Tensor;

/** Features of pictures to tokens of the width of the text's. */
interface ImageProjection {
  /** Pictures (N) to tokens (N, T, C). */
  Tensor forward(ImageFeatures features);
}
