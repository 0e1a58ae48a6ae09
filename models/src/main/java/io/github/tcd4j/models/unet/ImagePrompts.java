package io.github.tcd4j.models.unet;

import io.github.tcd4j.models.layers.Attention;
import io.github.tcd4j.tensor.Tensor;
import java.util.List;
import java.util.function.LongFunction;
import org.jspecify.annotations.Nullable;

/**
 * Pictures as prompts: further keys and values of each cross-attention layer (decoupled
 * cross-attention, Ye et al. 2023). With the layer's own query q,
 *
 * <pre>out(attention(q, k_text, v_text) + sum_i scale_i mask_i attention(q, k_i, v_i))</pre>
 */
@FunctionalInterface
public interface ImagePrompts {
  /** No picture. */
  ImagePrompts NONE = layer -> List.of();

  /**
   * The keys and values for one layer.
   *
   * @param layer number of the cross-attention layer from 0, in the order of diffusers' attention
   *     processors: down blocks, up blocks, middle block
   */
  List<Branch> at(int layer);

  /**
   * The pictures of one softmax.
   *
   * @param key (B, T, C)
   * @param value (B, T, C)
   * @param scale weight of what they contribute; 0 for none
   * @param mask by the number of pixels L of a feature map its weights (1, L, 1); null for 1
   *     everywhere
   */
  record Branch(Tensor key, Tensor value, double scale, @Nullable LongFunction<Tensor> mask) {
    Branch inHeads(int heads, boolean upcast) {
      return new Branch(
          Attention.heads(key, heads, upcast), Attention.heads(value, heads, upcast), scale, mask);
    }

    /**
     * query (B, heads, L, C / heads) to (B, L, C).
     *
     * @param pixels of a feature map, of which a row has one or more
     */
    Tensor mix(Tensor query, long pixels) {
      Tensor mixed = Attention.mix(query, key, value, false).times(scale);
      if (mask == null) {
        return mixed;
      }
      Tensor maps = mixed.reshape(-1, pixels, mixed.size(2));
      return maps.times(mask.apply(pixels).to(mixed.dtype())).reshape(mixed.shape());
    }
  }
}
