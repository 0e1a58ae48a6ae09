package io.github.tcd4j.models.layers;

import io.github.tcd4j.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;

/**
 * The low-rank deltas that are active in one forward call, by the path of the layer that they stand
 * beside. They travel with the call; a layer holds no switch.
 */
public interface Adapters {
  /** The plain network. */
  Adapters NONE = path -> List.of();

  /** The deltas beside the layer at {@code path}, in order; empty where there are none. */
  List<Delta> at(String path);

  /** Several at once: their deltas add up. */
  static Adapters sum(List<? extends Adapters> parts) {
    if (parts.size() == 1) {
      return parts.get(0);
    }
    List<Adapters> all = List.copyOf(parts);
    return path -> {
      List<Delta> deltas = new ArrayList<>();
      for (Adapters a : all) {
        deltas.addAll(a.at(path));
      }
      return deltas;
    };
  }

  /**
   * One low-rank delta: scale x up(down(x)). For linear layers down is (r, in) and up (out, r); for
   * convolutions down is (r, in, kh, kw) and up (out, r, 1, 1). Scale is alpha / r times the weight
   * that the user gave.
   */
  record Delta(Tensor down, Tensor up, double scale) {}
}
