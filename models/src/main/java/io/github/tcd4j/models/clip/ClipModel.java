package io.github.tcd4j.models.clip;

import io.github.tcd4j.models.layers.Adapters;
import io.github.tcd4j.models.layers.Init;
import io.github.tcd4j.models.layers.Linear;
import io.github.tcd4j.models.layers.Weights;
import io.github.tcd4j.tensor.Functional;
import io.github.tcd4j.tensor.Scope;
import io.github.tcd4j.tensor.Tensor;

/**
 * Text and pictures in one feature space of P dimensions; {@code CLIPModel} in transformers.
 *
 * @param logitScale no dimension: logarithm of the factor on the cosine, a parameter
 */
public record ClipModel(
    ClipConfig config,
    ClipTextModel text,
    ClipVisionModel vision,
    Linear textProjection,
    Linear visualProjection,
    Tensor logitScale) {
  public static ClipModel of(Weights w, ClipConfig c) {
    int features = c.projectionDim();
    return new ClipModel(
        c,
        ClipTextModel.build(w.at("text_model"), c.text()),
        ClipVisionModel.build(w.at("vision_model"), c.vision()),
        ClipTextModelWithProjection.projection(
            w.at("text_projection"), c.text().hiddenSize(), features, c.initializerFactor()),
        ClipTextModelWithProjection.projection(
            w.at("visual_projection"), c.vision().hiddenSize(), features, c.initializerFactor()),
        w.get("logit_scale", Init.constant(c.logitScaleInit())));
  }

  /**
   * ids (B, L) int64 to (B, P), not normalised. What stands behind the last row's end is not
   * computed: no token looks at those behind it.
   */
  public Tensor textFeatures(Tensor ids) {
    return Scope.result(
        () -> {
          Tensor used = ids.narrow(1, 0, text.used(ids));
          return textProjection.forward(text.forward(used, Adapters.NONE).pooled(), Adapters.NONE);
        });
  }

  /** pixels (B, channels, image size, image size) to (B, P), not normalised. */
  public Tensor imageFeatures(Tensor pixels) {
    return Scope.result(() -> visualProjection.forward(vision.pooled(pixels), Adapters.NONE));
  }

  /** Cosines (B) of pairs of features (B, P): text i with picture i. */
  public Tensor cosines(Tensor texts, Tensor pictures) {
    return Scope.result(
        () ->
            Functional.normalize(texts, 1).times(Functional.normalize(pictures, 1)).sum(false, 1));
  }

  /** Features of T texts (T, P) and I pictures (I, P), of any length, to their logits (T, I). */
  public Tensor logits(Tensor texts, Tensor pictures) {
    Tensor cosine =
        Functional.normalize(texts, 1).matmul(Functional.normalize(pictures, 1).transpose(0, 1));
    return cosine.times(logitScale.exp());
  }
}
