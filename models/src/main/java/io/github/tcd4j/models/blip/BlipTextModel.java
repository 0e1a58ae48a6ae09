package io.github.tcd4j.models.blip;

import io.github.tcd4j.models.layers.Embedding;
import io.github.tcd4j.models.layers.Init;
import io.github.tcd4j.models.layers.LayerNorm;
import io.github.tcd4j.models.layers.Weights;
import io.github.tcd4j.tensor.Scope;
import io.github.tcd4j.tensor.Tensor;
import io.github.tcd4j.tensor.TensorException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;

/**
 * The text transformer that attends to a picture; {@code BlipTextModel} of transformers, not as a
 * decoder. It has no embedding of token types. All rows of a batch have the same length: padding
 * would only have to be masked again.
 */
public record BlipTextModel(
    BlipConfig config,
    Embedding words,
    Embedding positions,
    LayerNorm norm,
    List<BlipTextLayer> layers) {
  static BlipTextModel of(Weights w, BlipConfig c) {
    Weights embeddings = w.at("embeddings");
    embeddings.skip("position_ids");
    Init init = Init.normal(0.02);
    int width = c.text().width();
    List<BlipTextLayer> layers = new ArrayList<>();
    for (int i = 0; i < c.text().layers(); i++) {
      layers.add(BlipTextLayer.of(w.at("encoder").at("layer").at(i), c));
    }
    return new BlipTextModel(
        c,
        Embedding.of(embeddings.at("word_embeddings"), init, c.vocabulary(), width),
        Embedding.of(embeddings.at("position_embeddings"), init, c.positions(), width),
        LayerNorm.of(embeddings.at("LayerNorm"), width, BlipTextLayer.EPS),
        List.copyOf(layers));
  }

  /**
   * @param ids (B, L) int64 without padding
   * @param picture (B, M, D), tokens of the vision transformer
   * @return (B, L, C)
   */
  public Tensor forward(Tensor ids, Tensor picture) {
    long length = ids.size(1);
    if (length > config.positions()) {
      throw new TensorException(
          String.format(
              "this text model reads at most %d tokens but got %d; truncate with the tokenizer",
              config.positions(), length));
    }
    return Scope.result(
        () -> {
          Tensor places = positions.weight().narrow(0, 0, length);
          Tensor x = norm.forward(words.forward(ids).plus(places));
          List<UnaryOperator<Tensor>> steps = new ArrayList<>();
          layers.forEach(layer -> steps.add(y -> layer.forward(y, picture)));
          return Scope.inTurn(x, steps);
        });
  }
}
