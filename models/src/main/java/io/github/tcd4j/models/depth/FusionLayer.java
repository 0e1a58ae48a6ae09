package io.github.tcd4j.models.depth;

import io.github.tcd4j.models.layers.Adapters;
import io.github.tcd4j.models.layers.Conv2d;
import io.github.tcd4j.models.layers.Weights;
import io.github.tcd4j.tensor.Functional;
import io.github.tcd4j.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/** Adds a shallower feature to the deeper ones and enlarges the sum: {@code FeatureFusionLayer}. */
record FusionLayer(ResidualUnit shallow, ResidualUnit sum, Conv2d projection) {
  static FusionLayer of(Weights w, int channels, boolean normed) {
    return new FusionLayer(
        ResidualUnit.of(w.at("residual_layer1"), channels, normed),
        ResidualUnit.of(w.at("residual_layer2"), channels, normed),
        Conv2d.of(w.at("projection"), channels, channels, 1, 1, 0));
  }

  /**
   * @param deep (B, C, h, w), the sum of what is deeper; the deepest feature itself at first
   * @param skip the feature to add, resized where it has another size; null at first
   * @param height of the result
   * @param width likewise
   */
  Tensor forward(Tensor deep, @Nullable Tensor skip, long height, long width) {
    Tensor x = deep;
    if (skip != null) {
      boolean same = skip.size(2) == x.size(2) && skip.size(3) == x.size(3);
      Tensor fitted = same ? skip : Functional.upsampleBilinear(skip, x.size(2), x.size(3), false);
      x = x.plus(shallow.forward(fitted));
    }
    Tensor enlarged = Functional.upsampleBilinear(sum.forward(x), height, width, true);
    return projection.forward(enlarged, Adapters.NONE);
  }
}
