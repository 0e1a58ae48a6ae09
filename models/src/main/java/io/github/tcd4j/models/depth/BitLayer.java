package io.github.tcd4j.models.depth;

import io.github.tcd4j.models.layers.GroupNorm;
import io.github.tcd4j.models.layers.Weights;
import io.github.tcd4j.tensor.Functional;
import io.github.tcd4j.tensor.Scope;
import io.github.tcd4j.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * A bottleneck of three convolutions, norms after them ({@code BitBottleneckLayer}).
 *
 * @param shortcut to other channels or another size; null where both stay
 */
record BitLayer(
    StandardizedConv2d conv1,
    GroupNorm norm1,
    StandardizedConv2d conv2,
    GroupNorm norm2,
    StandardizedConv2d conv3,
    GroupNorm norm3,
    @Nullable StandardizedConv2d shortcut,
    @Nullable GroupNorm shortcutNorm) {
  private static final double EPS = 1e-5;

  /** The first layer of a stage has the stride and a shortcut, the others neither. */
  static BitLayer of(Weights w, int in, int out, int stride, int groups, boolean first) {
    int mid = BitConfig.channels(out * 0.25);
    Weights down = w.at("downsample");
    return new BitLayer(
        StandardizedConv2d.of(w.at("conv1"), in, mid, 1, 1),
        GroupNorm.of(w.at("norm1"), groups, mid, EPS),
        StandardizedConv2d.of(w.at("conv2"), mid, mid, 3, stride),
        GroupNorm.of(w.at("norm2"), groups, mid, EPS),
        StandardizedConv2d.of(w.at("conv3"), mid, out, 1, 1),
        GroupNorm.of(w.at("norm3"), groups, out, EPS),
        first ? StandardizedConv2d.of(down.at("conv"), in, out, 1, stride) : null,
        first ? GroupNorm.of(down.at("norm"), groups, out, EPS) : null);
  }

  /** x (B, in, H, W) to (B, out, H', W'). */
  Tensor forward(Tensor x) {
    return Scope.result(
        () -> {
          Tensor h = Functional.relu(norm1.forward(conv1.forward(x)));
          h = Functional.relu(norm2.forward(conv2.forward(h)));
          h = norm3.forward(conv3.forward(h));
          return Functional.relu(h.plus(past(x)));
        });
  }

  private Tensor past(Tensor x) {
    return shortcut == null || shortcutNorm == null ? x : shortcutNorm.forward(shortcut.forward(x));
  }
}
