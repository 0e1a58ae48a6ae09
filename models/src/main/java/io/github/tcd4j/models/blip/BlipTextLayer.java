package io.github.tcd4j.models.blip;

import io.github.tcd4j.models.layers.Adapters;
import io.github.tcd4j.models.layers.Attention;
import io.github.tcd4j.models.layers.LayerNorm;
import io.github.tcd4j.models.layers.Linear;
import io.github.tcd4j.models.layers.Weights;
import io.github.tcd4j.tensor.Functional;
import io.github.tcd4j.tensor.Scope;
import io.github.tcd4j.tensor.Tensor;

/** One post-norm layer: self-attention, attention to the picture, feed-forward. */
record BlipTextLayer(
    Attending self, Attending cross, Linear intermediate, Linear output, LayerNorm norm) {
  /** BERT's. */
  static final double EPS = 1e-12;

  /** An attention with the residual and the norm behind it. */
  record Attending(
      Linear query, Linear key, Linear value, Linear dense, LayerNorm norm, int heads) {
    static Attending of(Weights w, BlipConfig.Stack c, long context) {
      Weights self = w.at("self");
      Weights output = w.at("output");
      return new Attending(
          Linear.of(self.at("query"), c.width(), c.width()),
          Linear.of(self.at("key"), context, c.width()),
          Linear.of(self.at("value"), context, c.width()),
          Linear.of(output.at("dense"), c.width(), c.width()),
          LayerNorm.of(output.at("LayerNorm"), c.width(), EPS),
          c.heads());
    }

    /** x (B, L, C) that attends to context (B, M, D). */
    Tensor forward(Tensor x, Tensor context) {
      Tensor mixed =
          Attention.multiHead(
              query.forward(x, Adapters.NONE),
              key.forward(context, Adapters.NONE),
              value.forward(context, Adapters.NONE),
              heads,
              false);
      return norm.forward(dense.forward(mixed, Adapters.NONE).plus(x));
    }
  }

  static BlipTextLayer of(Weights w, BlipConfig config) {
    BlipConfig.Stack c = config.text();
    return new BlipTextLayer(
        Attending.of(w.at("attention"), c, c.width()),
        Attending.of(w.at("crossattention"), c, config.vision().width()),
        Linear.of(w.at("intermediate").at("dense"), c.width(), c.inner()),
        Linear.of(w.at("output").at("dense"), c.inner(), c.width()),
        LayerNorm.of(w.at("output").at("LayerNorm"), c.width(), EPS));
  }

  /**
   * @param x (B, L, C)
   * @param picture (B, M, D), tokens of the vision transformer
   */
  Tensor forward(Tensor x, Tensor picture) {
    return Scope.result(
        () -> {
          Tensor y = cross.forward(self.forward(x, x), picture);
          Tensor inner = Functional.gelu(intermediate.forward(y, Adapters.NONE));
          return norm.forward(output.forward(inner, Adapters.NONE).plus(y));
        });
  }
}
