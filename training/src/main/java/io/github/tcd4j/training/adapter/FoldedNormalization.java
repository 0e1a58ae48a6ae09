package io.github.tcd4j.training.adapter;

import io.github.tcd4j.pipeline.adapter.PixelNormalization;
import io.github.tcd4j.tensor.DType;
import io.github.tcd4j.tensor.Scope;
import io.github.tcd4j.tensor.Tensor;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;

/**
 * An image encoder's normalisation of pixels as part of its weights. A vision transformer cuts a
 * picture into patches without padding, so another normalisation disappears into its first layer
 * exactly. With p = CLIP's value times d_clip plus m_clip,
 *
 * <pre>
 * W x = W d_clip / d x_clip + sum(W (m_clip - m) / d)
 * </pre>
 *
 * and the sum, the same for all patches, goes into their position embeddings.
 */
final class FoldedNormalization {
  private static final String PATCHES = "vision_model.embeddings.patch_embedding.weight";
  private static final String POSITIONS = "vision_model.embeddings.position_embedding.weight";

  private FoldedNormalization() {}

  /** The weights of an encoder for CLIP's pixels that does what this one does for its own. */
  static Map<String, Tensor> fold(PixelNormalization own, Map<String, Tensor> weights) {
    PixelNormalization clip = PixelNormalization.CLIP;
    Map<String, Tensor> result = new LinkedHashMap<>(weights);
    try (Scope scope = Scope.inference()) {
      Tensor kernel = Objects.requireNonNull(weights.get(PATCHES), PATCHES);
      Tensor positions = Objects.requireNonNull(weights.get(POSITIONS), POSITIONS);
      float[] factor = new float[3];
      float[] shift = new float[3];
      for (int c = 0; c < 3; c++) {
        factor[c] = (float) (clip.deviation().get(c) / own.deviation().get(c));
        shift[c] = (float) ((clip.mean().get(c) - own.mean().get(c)) / own.deviation().get(c));
      }
      Tensor added = kernel.times(channels(shift, kernel)).sum(false, 1, 2, 3);
      Tensor first = positions.narrow(0, 0, 1);
      Tensor others = positions.narrow(0, 1, positions.size(0) - 1).plus(added);
      result.put(PATCHES, scope.keep(kernel.times(channels(factor, kernel)).contiguous()));
      result.put(POSITIONS, scope.keep(Tensor.cat(0, first, others)));
    }
    return result;
  }

  private static Tensor channels(float[] values, Tensor like) {
    return Tensor.of(values, 1, 3, 1, 1).to(DType.F32).to(like.device());
  }
}
