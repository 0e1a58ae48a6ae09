package io.github.tcd4j.models.clip;

import io.github.tcd4j.models.layers.Adapters;
import io.github.tcd4j.models.layers.Attention;
import io.github.tcd4j.models.layers.Init;
import io.github.tcd4j.models.layers.LayerNorm;
import io.github.tcd4j.models.layers.Linear;
import io.github.tcd4j.models.layers.Weights;
import io.github.tcd4j.tensor.Scope;
import io.github.tcd4j.tensor.Tensor;

/** One layer of either transformer; {@code CLIPEncoderLayer} in transformers. */
record ClipLayer(
    LayerNorm norm1,
    Linear q,
    Linear k,
    Linear v,
    Linear out,
    LayerNorm norm2,
    Linear fc1,
    Linear fc2,
    int heads,
    Activation activation) {
  static ClipLayer of(Weights w, ClipTowerConfig c) {
    int hidden = c.hiddenSize();
    int inner = c.intermediateSize();
    double factor = c.initializerFactor();
    double perChannel = Math.pow(hidden, -0.5) * factor;
    // Smaller the deeper the stack is, so that the sum of all layers starts at the same size.
    double perLayer = perChannel * Math.pow(2.0 * c.numHiddenLayers(), -0.5);
    double intoInner = Math.pow(2.0 * hidden, -0.5) * factor;
    Weights attention = w.at("self_attn");
    return new ClipLayer(
        LayerNorm.of(w.at("layer_norm1"), hidden, c.layerNormEps()),
        linear(attention.at("q_proj"), perLayer, hidden, hidden),
        linear(attention.at("k_proj"), perLayer, hidden, hidden),
        linear(attention.at("v_proj"), perLayer, hidden, hidden),
        linear(attention.at("out_proj"), perChannel, hidden, hidden),
        LayerNorm.of(w.at("layer_norm2"), hidden, c.layerNormEps()),
        linear(w.at("mlp").at("fc1"), intoInner, hidden, inner),
        linear(w.at("mlp").at("fc2"), perLayer, inner, hidden),
        c.numAttentionHeads(),
        c.hiddenAct());
  }

  private static Linear linear(Weights w, double std, long in, long out) {
    return new Linear(
        w.path(), w.linear("weight", Init.normal(std), out, in), w.get("bias", Init.ZEROS, out));
  }

  /** x (B, L, C) to the same shape. */
  Tensor forward(Tensor x, boolean causal, Adapters a) {
    return Scope.result(
        () -> {
          Tensor h = Scope.result(() -> x.plus(selfAttention(norm1.forward(x, a), causal, a)));
          Tensor y = activation.apply(fc1.forward(norm2.forward(h, a), a));
          return h.plus(fc2.forward(y, a));
        });
  }

  private Tensor selfAttention(Tensor x, boolean causal, Adapters a) {
    Tensor mixed =
        Attention.multiHead(q.forward(x, a), k.forward(x, a), v.forward(x, a), heads, causal);
    return out.forward(mixed, a);
  }
}
