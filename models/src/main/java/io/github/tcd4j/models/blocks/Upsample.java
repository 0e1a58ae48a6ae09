package io.github.tcd4j.models.blocks;

import io.github.tcd4j.models.layers.Adapters;
import io.github.tcd4j.models.layers.Conv2d;
import io.github.tcd4j.models.layers.Weights;
import io.github.tcd4j.tensor.Functional;
import io.github.tcd4j.tensor.Scope;
import io.github.tcd4j.tensor.Tensor;

/** Nearest-neighbour enlargement, then a 3x3 convolution (diffusers' {@code Upsample2D}). */
public record Upsample(Conv2d conv) {
  public static Upsample of(Weights w, long channels) {
    return new Upsample(Conv2d.same3x3(w.at("conv"), channels, channels));
  }

  /** x (B, C, H, W) to (B, C, 2H, 2W). */
  public Tensor forward(Tensor x, Adapters adapters) {
    return forward(x, 2 * x.size(2), 2 * x.size(3), adapters);
  }

  /** x (B, C, H, W) to (B, C, height, width). */
  public Tensor forward(Tensor x, long height, long width, Adapters adapters) {
    return Scope.result(() -> conv.forward(Functional.upsampleNearest(x, height, width), adapters));
  }
}
