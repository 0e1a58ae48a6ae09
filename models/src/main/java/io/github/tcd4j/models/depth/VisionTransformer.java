package io.github.tcd4j.models.depth;

import io.github.tcd4j.models.layers.Adapters;
import io.github.tcd4j.models.layers.Conv2d;
import io.github.tcd4j.models.layers.Init;
import io.github.tcd4j.models.layers.LayerNorm;
import io.github.tcd4j.models.layers.Weights;
import io.github.tcd4j.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A vision transformer whose layers are read at several depths: DINOv2, or the ViT of DPT.
 *
 * @param patches from pixels to tokens
 * @param outputs numbers of the layers whose outputs are features, 1 for the first, 0 for the
 *     embeddings; ascending
 * @param norm of every feature; null for none
 */
record VisionTransformer(
    TransformerShape shape,
    Conv2d patches,
    Tensor classToken,
    PositionTable positions,
    List<VisionLayer> layers,
    List<Integer> outputs,
    @Nullable LayerNorm norm)
    implements Backbone {
  /** {@code Dinov2Backbone}. */
  static VisionTransformer dinov2(Weights w, Dinov2Config config) {
    TransformerShape s = config.shape();
    Weights embeddings = w.at("embeddings");
    embeddings.skip("mask_token");
    List<VisionLayer> layers = new ArrayList<>();
    for (int i = 0; i < s.layers(); i++) {
      layers.add(VisionLayer.dinov2(w.at("encoder").at("layer").at(i), s));
    }
    LayerNorm last = LayerNorm.of(w.at("layernorm"), s.width(), s.eps());
    return new VisionTransformer(
        s,
        patches(embeddings.at("patch_embeddings"), s),
        embeddings.get("cls_token", Init.ZEROS, 1, 1, s.width()),
        PositionTable.of(embeddings, s, true),
        layers,
        config.outputs(),
        config.normed() ? last : null);
  }

  /** {@code DPTModel}. */
  static VisionTransformer vit(Weights w, TransformerShape s, List<Integer> outputs) {
    Weights embeddings = w.at("embeddings");
    return new VisionTransformer(
        s,
        patches(embeddings.at("patch_embeddings"), s),
        embeddings.get("cls_token", Init.ZEROS, 1, 1, s.width()),
        PositionTable.of(embeddings, s, false),
        vitLayers(w, s),
        outputs,
        null);
  }

  /** The layers of {@code DPTModel}; what it has after them is not used for depth. */
  static List<VisionLayer> vitLayers(Weights w, TransformerShape s) {
    w.at("layernorm").skip("weight");
    w.at("layernorm").skip("bias");
    w.at("pooler").at("dense").skip("weight");
    w.at("pooler").at("dense").skip("bias");
    List<VisionLayer> layers = new ArrayList<>();
    for (int i = 0; i < s.layers(); i++) {
      layers.add(VisionLayer.vit(w.at("encoder").at("layer").at(i), s));
    }
    return layers;
  }

  private static Conv2d patches(Weights w, TransformerShape s) {
    return Conv2d.of(w.at("projection"), 3, s.width(), s.patch(), s.patch(), 0);
  }

  @Override
  public List<TokenMap> features(Tensor pixels) {
    Tensor grid = patches.forward(pixels, Adapters.NONE);
    return layered(grid, classToken, positions, layers, outputs).stream()
        .map(t -> norm == null ? t : norm.forward(t))
        .map(t -> TokenMap.of(t, grid.size(2), grid.size(3)))
        .toList();
  }

  /**
   * The outputs of some layers.
   *
   * @param grid (B, C, h, w) of patches
   * @return (B, 1 + h w, C) each
   */
  static List<Tensor> layered(
      Tensor grid,
      Tensor classToken,
      PositionTable positions,
      List<VisionLayer> layers,
      List<Integer> outputs) {
    long batch = grid.size(0);
    long channels = grid.size(1);
    Tensor rows = grid.reshape(batch, channels, -1).transpose(1, 2);
    Tensor first = classToken.expand(batch, 1, channels);
    Tensor x = Tensor.cat(1, first, rows).plus(positions.at(grid.size(2), grid.size(3)));
    List<Tensor> found = new ArrayList<>();
    for (int i = 0; i <= layers.size() && found.size() < outputs.size(); i++) {
      x = i == 0 ? x : layers.get(i - 1).forward(x);
      if (outputs.contains(i)) {
        found.add(x);
      }
    }
    return found;
  }
}
