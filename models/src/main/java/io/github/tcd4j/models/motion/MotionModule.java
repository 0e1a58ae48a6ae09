package io.github.tcd4j.models.motion;

import io.github.tcd4j.models.layers.Adapters;
import io.github.tcd4j.models.layers.GroupNorm;
import io.github.tcd4j.models.layers.Linear;
import io.github.tcd4j.models.layers.Weights;
import io.github.tcd4j.tensor.Scope;
import io.github.tcd4j.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A transformer over the frames of a video, at each pixel by itself, around a skip connection
 * (diffusers' {@code AnimateDiffTransformer3D}). Its normalisation takes mean and variance over all
 * frames together.
 */
record MotionModule(GroupNorm norm, Linear in, List<TemporalBlock> blocks, Linear out) {
  private static final double EPS = 1e-6;

  /**
   * @param groups of the normalisation
   * @param depth number of transformer blocks
   * @param frames most frames that it knows positions for
   */
  static MotionModule of(Weights w, long channels, int groups, int heads, int depth, int frames) {
    List<TemporalBlock> blocks = new ArrayList<>();
    for (int i = 0; i < depth; i++) {
      blocks.add(TemporalBlock.of(w.at("transformer_blocks").at(i), channels, heads, frames));
    }
    return new MotionModule(
        GroupNorm.of(w.at("norm"), groups, channels, EPS),
        Linear.of(w.at("proj_in"), channels, channels),
        blocks,
        Linear.zeroInit(w.at("proj_out"), channels, channels));
  }

  /**
   * x (B F, C, H, W) to the same shape; the frames of a video follow each other.
   *
   * @param frames F
   * @param windows of frames that attentions see together; null for all
   */
  Tensor forward(Tensor x, int frames, @Nullable FrameWindows windows, Adapters adapters) {
    return Scope.result(() -> forwarded(x, frames, windows, adapters));
  }

  private Tensor forwarded(Tensor x, int frames, @Nullable FrameWindows windows, Adapters a) {
    long rows = x.size(0) / frames;
    long c = x.size(1);
    long h = x.size(2);
    long w = x.size(3);
    // With channels innermost in memory, the frames of a video are one tall picture as they are.
    Tensor pixels = x.permute(0, 2, 3, 1);
    Tensor tall = pixels.reshape(rows, frames * h, w, c).permute(0, 3, 1, 2);
    Tensor y = Scope.result(() -> sequences(norm.forward(tall, a), frames));
    y = in.forward(y, a);
    for (TemporalBlock block : blocks) {
      y = block.forward(y, windows, a);
    }
    Tensor back = out.forward(y, a).reshape(rows, h * w, frames, c).transpose(1, 2);
    Tensor sum = pixels.reshape(rows, frames, h * w, c).plus(back);
    return sum.reshape(x.size(0), h, w, c).permute(0, 3, 1, 2);
  }

  /** Tall pictures (B, C, F H, W) to the frames of each pixel (B H W, F, C). */
  private static Tensor sequences(Tensor tall, int frames) {
    long c = tall.size(1);
    long pixels = tall.size(2) / frames * tall.size(3);
    return tall.permute(0, 2, 3, 1)
        .reshape(tall.size(0), frames, pixels, c)
        .transpose(1, 2)
        .reshape(tall.size(0) * pixels, frames, c);
  }
}
