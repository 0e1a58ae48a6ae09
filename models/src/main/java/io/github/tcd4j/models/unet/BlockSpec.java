package io.github.tcd4j.models.unet;

import java.util.List;
import java.util.stream.IntStream;

/**
 * One resolution of the network: the part of the configuration that differs from block to block.
 *
 * @param down whether its down block attends to the text; {@code up} likewise
 * @param channels output channels
 * @param heads attention heads
 * @param layers resnets of the down block; the up block has one more
 * @param depth transformer blocks after each resnet
 * @param context channels of the text tokens
 * @param textOnly whether the first attention of each transformer attends to the text as well
 */
record BlockSpec(
    boolean down,
    boolean up,
    int channels,
    int heads,
    int layers,
    int depth,
    int context,
    boolean textOnly) {
  static List<BlockSpec> of(UNet2DConditionConfig c) {
    int n = c.blockOutChannels().size();
    return IntStream.range(0, n)
        .mapToObj(
            i ->
                new BlockSpec(
                    c.downCrossAttention().get(i),
                    c.upCrossAttention().get(n - 1 - i),
                    c.blockOutChannels().get(i),
                    c.heads().get(i),
                    c.layersPerBlock().get(i),
                    c.transformerLayersPerBlock().get(i),
                    c.crossAttentionDim().get(i),
                    c.onlyCrossAttention().get(i)))
        .toList();
  }

  /** The same with self-attention, as in the middle block. */
  BlockSpec withSelfAttention() {
    return new BlockSpec(down, up, channels, heads, layers, depth, context, false);
  }
}
