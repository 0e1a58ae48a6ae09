package io.github.tcd4j.models.clip;

import io.github.tcd4j.models.layers.Adapters;
import io.github.tcd4j.models.layers.Init;
import io.github.tcd4j.models.layers.Linear;
import io.github.tcd4j.models.layers.Weights;
import io.github.tcd4j.tensor.Tensor;

/** The text transformer and the projection of its pooled output, as SDXL's second text encoder. */
public record ClipTextModelWithProjection(ClipTextModel text, Linear projection) {
  /**
   * @param text what the transformer made
   * @param features (B, P), the projection of its pooled output
   */
  public record Output(ClipTextModel.Output text, Tensor features) {}

  public static ClipTextModelWithProjection of(Weights w, ClipTextConfig c) {
    return new ClipTextModelWithProjection(
        ClipTextModel.of(w, c),
        projection(
            w.at("text_projection"), c.hiddenSize(), c.projectionDim(), c.initializerFactor()));
  }

  /** A projection without bias, started as transformers does. */
  static Linear projection(Weights w, int in, int out, double factor) {
    Init init = Init.normal(Math.pow(in, -0.5) * factor);
    return new Linear(w.path(), w.linear("weight", init, out, in), null);
  }

  /** ids (B, L) int64. */
  public Output forward(Tensor ids, Adapters adapters) {
    ClipTextModel.Output out = text.forward(ids, adapters);
    return new Output(out, projection.forward(out.pooled(), adapters));
  }
}
