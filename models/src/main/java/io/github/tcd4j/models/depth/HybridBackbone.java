package io.github.tcd4j.models.depth;

import io.github.tcd4j.models.layers.Adapters;
import io.github.tcd4j.models.layers.Conv2d;
import io.github.tcd4j.models.layers.Init;
import io.github.tcd4j.models.layers.Weights;
import io.github.tcd4j.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;

/**
 * Convolutions, then a transformer on what they make of the picture; the first two stages of the
 * convolutions are features too (DPT-hybrid).
 *
 * @param outputs numbers of the transformer's layers that are features, 1 for the first
 */
record HybridBackbone(
    BitTrunk trunk,
    Conv2d projection,
    Tensor classToken,
    PositionTable positions,
    List<VisionLayer> layers,
    List<Integer> outputs)
    implements Backbone {
  /** Under the names of {@code DPTModel}. */
  static HybridBackbone of(Weights w, TransformerShape s, BitConfig config, List<Integer> outputs) {
    Weights embeddings = w.at("embeddings");
    int last = config.channels().get(config.depths().size() - 1);
    return new HybridBackbone(
        BitTrunk.of(embeddings.at("backbone").at("bit"), config),
        Conv2d.of(embeddings.at("projection"), last, s.width(), 1, 1, 0),
        embeddings.get("cls_token", Init.ZEROS, 1, 1, s.width()),
        PositionTable.of(embeddings, s, false),
        VisionTransformer.vitLayers(w, s),
        outputs);
  }

  @Override
  public List<TokenMap> features(Tensor pixels) {
    List<Tensor> stages = trunk.forward(pixels);
    List<TokenMap> features = new ArrayList<>();
    stages.subList(0, 2).forEach(map -> features.add(new TokenMap(map, null)));
    Tensor grid = projection.forward(stages.get(2), Adapters.NONE);
    VisionTransformer.layered(grid, classToken, positions, layers, outputs)
        .forEach(t -> features.add(TokenMap.of(t, grid.size(2), grid.size(3))));
    return features;
  }
}
