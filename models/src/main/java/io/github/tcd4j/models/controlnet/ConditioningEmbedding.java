package io.github.tcd4j.models.controlnet;

import io.github.tcd4j.models.layers.Adapters;
import io.github.tcd4j.models.layers.Conv2d;
import io.github.tcd4j.models.layers.Weights;
import io.github.tcd4j.tensor.Functional;
import io.github.tcd4j.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;

/**
 * Convolutions from a hint's pixels to the size and channels of the first feature map ({@code
 * ControlNetConditioningEmbedding}): SiLU after each but the last, which starts at zero.
 */
record ConditioningEmbedding(List<Conv2d> layers, Conv2d last) {
  /**
   * @param in channels of the hint
   * @param channels at each resolution; each but the last is halved in size
   * @param out channels of the feature map
   */
  static ConditioningEmbedding of(Weights w, int in, List<Integer> channels, int out) {
    List<Conv2d> layers = new ArrayList<>();
    layers.add(Conv2d.same3x3(w.at("conv_in"), in, channels.get(0)));
    Weights blocks = w.at("blocks");
    for (int i = 0; i + 1 < channels.size(); i++) {
      int here = channels.get(i);
      layers.add(Conv2d.same3x3(blocks.at(2 * i), here, here));
      layers.add(Conv2d.of(blocks.at(2 * i + 1), here, channels.get(i + 1), 3, 2, 1));
    }
    int top = channels.get(channels.size() - 1);
    return new ConditioningEmbedding(layers, Conv2d.zeroInit(w.at("conv_out"), top, out, 3));
  }

  /** hint (B, in, H, W) to (B, out, H / f, W / f). */
  Tensor forward(Tensor hint, Adapters adapters) {
    Tensor h = hint;
    for (Conv2d layer : layers) {
      h = Functional.silu(layer.forward(h, adapters));
    }
    return last.forward(h, adapters);
  }
}
