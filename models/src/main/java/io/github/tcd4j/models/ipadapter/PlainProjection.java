package io.github.tcd4j.models.ipadapter;

import io.github.tcd4j.models.layers.Adapters;
import io.github.tcd4j.models.layers.LayerNorm;
import io.github.tcd4j.models.layers.Linear;
import io.github.tcd4j.models.layers.Weights;
import io.github.tcd4j.tensor.Tensor;

/** The embedding of a picture to four tokens (diffusers' {@code ImageProjection}). */
record PlainProjection(Linear proj, LayerNorm norm) implements ImageProjection {
  private static final int TOKENS = 4;

  static PlainProjection of(Weights w, int features, int context) {
    return new PlainProjection(
        Linear.of(w.at("proj"), features, (long) TOKENS * context),
        LayerNorm.of(w.at("norm"), context, IpAdapter.EPS));
  }

  @Override
  public Tensor forward(ImageFeatures features) {
    Tensor flat = proj.forward(features.embedding(), Adapters.NONE);
    return norm.forward(flat.reshape(flat.size(0), TOKENS, -1));
  }
}
