package io.github.tcd4j.models.blocks;

import io.github.tcd4j.models.layers.Adapters;
import io.github.tcd4j.models.layers.Conv2d;
import io.github.tcd4j.models.layers.GroupNorm;
import io.github.tcd4j.models.layers.Linear;
import io.github.tcd4j.models.layers.Weights;
import io.github.tcd4j.tensor.Functional;
import io.github.tcd4j.tensor.Scope;
import io.github.tcd4j.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * Two convolutions around a skip connection (diffusers' {@code ResnetBlock2D}):
 *
 * <pre>
 * h = conv1(silu(norm1(x))) + timeProj(time);  y = (shortcut(x) + conv2(silu(norm2(h)))) / scale
 * </pre>
 */
public record ResnetBlock(
    GroupNorm norm1,
    Conv2d conv1,
    @Nullable Linear timeProj,
    GroupNorm norm2,
    Conv2d conv2,
    @Nullable Conv2d shortcut,
    double scale) {

  /**
   * @param time width of the time embedding, 0 where there is none
   * @param scale what the sum is divided by
   */
  public static ResnetBlock of(
      Weights w, long in, long out, long time, int groups, double eps, double scale) {
    return new ResnetBlock(
        GroupNorm.of(w.at("norm1"), groups, in, eps),
        Conv2d.same3x3(w.at("conv1"), in, out),
        time == 0 ? null : Linear.of(w.at("time_emb_proj"), time, out),
        GroupNorm.of(w.at("norm2"), groups, out, eps),
        Conv2d.same3x3(w.at("conv2"), out, out),
        in == out ? null : Conv2d.of(w.at("conv_shortcut"), in, out, 1, 1, 0),
        scale);
  }

  /**
   * x (B, in, H, W) to (B, out, H, W).
   *
   * @param time (B, T), already through SiLU, which is the same for all blocks of a network
   */
  public Tensor forward(Tensor x, @Nullable Tensor time, Adapters adapters) {
    return Scope.result(
        () -> {
          Tensor h = Scope.result(() -> first(x, time, adapters));
          Tensor g =
              Scope.result(
                  () -> conv2.forward(Functional.silu(norm2.forward(h, adapters)), adapters));
          Tensor y = (shortcut == null ? x : shortcut.forward(x, adapters)).plus(g);
          return scale == 1 ? y : y.div(scale);
        });
  }

  private Tensor first(Tensor x, @Nullable Tensor time, Adapters adapters) {
    Tensor h = conv1.forward(Functional.silu(norm1.forward(x, adapters)), adapters);
    return timeProj == null || time == null
        ? h
        : h.plus(timeProj.forward(time, adapters).unsqueeze(2).unsqueeze(3));
  }
}
