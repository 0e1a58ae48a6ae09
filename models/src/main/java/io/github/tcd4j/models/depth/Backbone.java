package io.github.tcd4j.models.depth;

import io.github.tcd4j.tensor.Tensor;
import java.util.List;

/** Pictures to features of several depths. */
interface Backbone {
  /**
   * @param pixels (B, 3, H, W), normalised as the model was trained
   * @return one for each stage of the neck, the shallowest first
   */
  List<TokenMap> features(Tensor pixels);
}
