package io.github.tcd4j.models.clip;

import io.github.tcd4j.models.layers.Adapters;
import io.github.tcd4j.models.layers.Conv2d;
import io.github.tcd4j.models.layers.Embedding;
import io.github.tcd4j.models.layers.Init;
import io.github.tcd4j.models.layers.LayerNorm;
import io.github.tcd4j.models.layers.Weights;
import io.github.tcd4j.tensor.Scope;
import io.github.tcd4j.tensor.Tensor;
import io.github.tcd4j.tensor.TensorException;
import java.util.List;

/** The vision transformer; {@code CLIPVisionModel} in transformers. */
public record ClipVisionModel(
    ClipVisionConfig config,
    Tensor classEmbedding,
    Conv2d patches,
    Embedding positions,
    LayerNorm preNorm,
    ClipEncoder encoder,
    LayerNorm postNorm) {
  /**
   * @param last (B, 1 + patches, C), the last layer's output without a norm
   * @param hidden (B, 1 + patches, C) each: the normed embeddings, then every layer's output
   * @param pooled (B, C), the class token of {@code last} after the norm
   */
  public record Output(Tensor last, List<Tensor> hidden, Tensor pooled) {}

  /** Reads keys with or without the {@code vision_model.} prefix; fresh weights get it. */
  public static ClipVisionModel of(Weights w, ClipVisionConfig config) {
    Weights prefixed = w.at("vision_model");
    return build(prefixed.has("embeddings.class_embedding") ? prefixed : w, config);
  }

  /** The same without looking for a prefix. */
  static ClipVisionModel build(Weights w, ClipVisionConfig c) {
    long hidden = c.hiddenSize();
    double range = c.initializerRange() * c.initializerFactor();
    Init classInit = Init.normal(Math.pow(hidden, -0.5) * c.initializerFactor());
    Weights embeddings = w.at("embeddings");
    embeddings.skip("position_ids");
    Weights patch = embeddings.at("patch_embedding");
    int side = c.patchSize();
    Tensor kernel = patch.get("weight", Init.normal(range), hidden, c.numChannels(), side, side);
    return new ClipVisionModel(
        c,
        embeddings.get("class_embedding", classInit, hidden),
        new Conv2d(patch.path(), kernel, null, side, 0),
        Embedding.of(
            embeddings.at("position_embedding"), Init.normal(range), c.positions(), hidden),
        // Spelt so in every checkpoint.
        LayerNorm.of(w.at("pre_layrnorm"), hidden, c.layerNormEps()),
        ClipEncoder.of(w.at("encoder"), c),
        LayerNorm.of(w.at("post_layernorm"), hidden, c.layerNormEps()));
  }

  /** pixels (B, channels, image size, image size), normalised as the model was trained. */
  public Output forward(Tensor pixels) {
    List<Tensor> states = encoder.forward(embedded(pixels), false, Adapters.NONE);
    Tensor last = states.get(states.size() - 1);
    return new Output(last, states, postNorm.forward(last.select(1, 0)));
  }

  /** Only {@link Output#pooled}, in the memory of one layer. */
  public Tensor pooled(Tensor pixels) {
    return Scope.result(
        () -> {
          Tensor first = Scope.result(() -> embedded(pixels));
          return postNorm.forward(encoder.last(first, false, Adapters.NONE).select(1, 0));
        });
  }

  private Tensor embedded(Tensor pixels) {
    if (pixels.size(2) != config.imageSize() || pixels.size(3) != config.imageSize()) {
      throw new TensorException(
          String.format(
              "this vision model sees pictures of %1$d x %1$d but got %2$d x %3$d; resize them",
              config.imageSize(), pixels.size(3), pixels.size(2)));
    }
    long batch = pixels.size(0);
    long hidden = config.hiddenSize();
    Tensor grid = patches.forward(pixels, Adapters.NONE);
    Tensor tokens = grid.reshape(batch, hidden, -1).transpose(1, 2);
    Tensor first = classEmbedding.expand(batch, 1, hidden);
    return preNorm.forward(Tensor.cat(1, first, tokens).plus(positions.weight()));
  }
}
