package io.github.tcd4j.models.ipadapter;

import io.github.tcd4j.models.layers.Adapters;
import io.github.tcd4j.models.layers.LayerNorm;
import io.github.tcd4j.models.layers.Linear;
import io.github.tcd4j.models.layers.Weights;
import io.github.tcd4j.tensor.Functional;
import io.github.tcd4j.tensor.Tensor;

/** Every hidden state of a picture to a token (diffusers' {@code IPAdapterFullImageProjection}). */
record FullProjection(Linear first, Linear second, LayerNorm norm) implements ImageProjection {
  static FullProjection of(Weights w, int features, int inner, int context) {
    Weights proj = w.at("proj");
    return new FullProjection(
        Linear.of(proj.at(0), features, inner),
        Linear.of(proj.at(2), inner, context),
        LayerNorm.of(proj.at(3), context, IpAdapter.EPS));
  }

  @Override
  public Tensor forward(ImageFeatures features) {
    Tensor h = Functional.gelu(first.forward(features.hidden(), Adapters.NONE));
    return norm.forward(second.forward(h, Adapters.NONE));
  }
}
