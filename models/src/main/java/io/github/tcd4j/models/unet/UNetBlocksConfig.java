package io.github.tcd4j.models.unet;

import io.github.tcd4j.models.config.ConfigException;
import java.util.Collections;
import java.util.List;

/**
 * The blocks of a U-Net. Lists have one entry per block, first to last in the order of the down
 * blocks, except {@code upCrossAttention}, which is in the order of the up blocks.
 *
 * @param downCrossAttention whether each down block attends to the text
 * @param upCrossAttention whether each up block attends to the text
 * @param midBlock whether there is a middle block
 * @param layersPerBlock resnets of each down block; up blocks have one more
 * @param heads attention heads. The file calls them {@code attention_head_dim}: the misnomer of
 *     diffusers' first days, which all published files keep
 * @param onlyCrossAttention of which blocks the first attention of each transformer attends to the
 *     text as well, in the place of itself; never in the middle block
 */
public record UNetBlocksConfig(
    List<Boolean> downCrossAttention,
    List<Boolean> upCrossAttention,
    boolean midBlock,
    List<Integer> blockOutChannels,
    List<Integer> layersPerBlock,
    List<Integer> transformerLayersPerBlock,
    List<Integer> heads,
    List<Integer> crossAttentionDim,
    List<Boolean> onlyCrossAttention) {

  public UNetBlocksConfig {
    downCrossAttention = List.copyOf(downCrossAttention);
    upCrossAttention = List.copyOf(upCrossAttention);
    blockOutChannels = List.copyOf(blockOutChannels);
    layersPerBlock = List.copyOf(layersPerBlock);
    transformerLayersPerBlock = List.copyOf(transformerLayersPerBlock);
    heads = List.copyOf(heads);
    crossAttentionDim = List.copyOf(crossAttentionDim);
    onlyCrossAttention = List.copyOf(onlyCrossAttention);
    int n = blockOutChannels.size();
    if (n == 0) {
      throw new ConfigException("block_out_channels must name at least one block but is empty");
    }
    size("down_block_types", downCrossAttention, n);
    size("up_block_types", upCrossAttention, n);
    positive("block_out_channels", blockOutChannels, n);
    positive("layers_per_block", layersPerBlock, n);
    size("transformer_layers_per_block", transformerLayersPerBlock, n);
    if (transformerLayersPerBlock.stream().anyMatch(v -> v < 0)) {
      throw new ConfigException(
          "transformer_layers_per_block must be at least 0 but is " + transformerLayersPerBlock);
    }
    positive("attention_head_dim", heads, n);
    positive("cross_attention_dim", crossAttentionDim, n);
    size("only_cross_attention", onlyCrossAttention, n);
    for (int i = 0; i < n; i++) {
      boolean attends =
          downCrossAttention.get(i) || upCrossAttention.get(n - 1 - i) || (midBlock && i == n - 1);
      if (attends) {
        multiples("attention_head_dim", heads.get(i), blockOutChannels.subList(i, i + 1));
      }
    }
  }

  /** With a middle block, and self-attention in every transformer. */
  public UNetBlocksConfig(
      List<Boolean> downCrossAttention,
      List<Boolean> upCrossAttention,
      List<Integer> blockOutChannels,
      List<Integer> layersPerBlock,
      List<Integer> transformerLayersPerBlock,
      List<Integer> heads,
      List<Integer> crossAttentionDim) {
    this(
        downCrossAttention,
        upCrossAttention,
        true,
        blockOutChannels,
        layersPerBlock,
        transformerLayersPerBlock,
        heads,
        crossAttentionDim,
        Collections.nCopies(blockOutChannels.size(), false));
  }

  private static void size(String key, List<?> values, int n) {
    if (values.size() != n) {
      throw new ConfigException(
          key + " must have one entry for each of " + n + " blocks but is " + values);
    }
  }

  private static void positive(String key, List<Integer> values, int n) {
    size(key, values, n);
    requirePositive(key, values);
  }

  static void requirePositive(String key, List<Integer> values) {
    if (values.stream().anyMatch(v -> v < 1)) {
      throw new ConfigException(key + " must be at least 1 but is " + values);
    }
  }

  static void multiples(String key, int divisor, List<Integer> channels) {
    if (divisor < 1 || channels.stream().anyMatch(c -> c % divisor != 0)) {
      throw new ConfigException(
          key + " must divide block_out_channels " + channels + " but is " + divisor);
    }
  }
}
