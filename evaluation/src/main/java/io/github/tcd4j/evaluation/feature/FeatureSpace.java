package io.github.tcd4j.evaluation.feature;

import io.github.tcd4j.tensor.Tensor;

/** A network that turns pictures into features. */
public interface FeatureSpace {
  /** What the network is, in one line: two spaces of one identity give the same features. */
  String identity();

  /** U8 pictures (B, 3, H, W) to features (B, P), float32, in the open scope. */
  Tensor images(Tensor pictures);
}
