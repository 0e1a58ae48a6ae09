package io.github.tcd4j.models.unet;

import com.fasterxml.jackson.databind.JsonNode;
import io.github.tcd4j.models.blocks.ResnetBlock;
import io.github.tcd4j.models.config.ConfigException;
import io.github.tcd4j.models.config.ConfigFields;
import io.github.tcd4j.models.layers.Weights;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/**
 * The shape of a {@link UNet2DConditionModel}; names and defaults are those of diffusers' {@code
 * config.json}. Lists have one entry per block, first to last in the order of the down blocks,
 * except {@code upCrossAttention}, which is in the order of the up blocks.
 *
 * @param sampleSize latent size it was trained for, not a limit; 0 where unknown
 * @param flipSinToCos whether cosines of the time stand before sines
 * @param downCrossAttention whether each down block attends to the text
 * @param upCrossAttention whether each up block attends to the text
 * @param midBlock whether there is a middle block
 * @param layersPerBlock resnets of each down block; up blocks have one more
 * @param heads attention heads. The file calls them {@code attention_head_dim}: the misnomer of
 *     diffusers' first days, which all published files keep
 * @param upcastAttention whether attention is computed in float32 where the network is in halves:
 *     scores of Stable Diffusion 2.1 overflow float16
 * @param timeEmbeddingDim 0 for four times the first block's channels
 * @param timeCondProjDim channels of the guidance embedding, 0 for none
 * @param textTime whether pooled text and sizes are added to the time, as in SDXL
 * @param additionTimeEmbedDim channels for each of SDXL's sizes, 0 for none
 * @param projectionClassEmbeddingsInputDim channels of pooled text and sizes together
 * @param onlyCrossAttention of which blocks the first attention of each transformer attends to the
 *     text as well, in the place of itself; never in the middle block
 * @param numClassEmbeds rows of a table from which a class label is added to the time, 0 for none;
 *     in an upscaler the label is how noisy the small picture is
 */
public record UNet2DConditionConfig(
    int sampleSize,
    int inChannels,
    int outChannels,
    boolean flipSinToCos,
    double freqShift,
    List<Boolean> downCrossAttention,
    List<Boolean> upCrossAttention,
    boolean midBlock,
    List<Integer> blockOutChannels,
    List<Integer> layersPerBlock,
    List<Integer> transformerLayersPerBlock,
    List<Integer> heads,
    List<Integer> crossAttentionDim,
    boolean useLinearProjection,
    boolean upcastAttention,
    int downsamplePadding,
    double midBlockScaleFactor,
    int normNumGroups,
    double normEps,
    int timeEmbeddingDim,
    int timeCondProjDim,
    boolean textTime,
    int additionTimeEmbedDim,
    int projectionClassEmbeddingsInputDim,
    int convInKernel,
    int convOutKernel,
    List<Boolean> onlyCrossAttention,
    int numClassEmbeds) {

  public UNet2DConditionConfig {
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
    positive("in_channels, out_channels", List.of(inChannels, outChannels), 2);
    positive("conv_in_kernel, conv_out_kernel", List.of(convInKernel, convOutKernel), 2);
    size("only_cross_attention", onlyCrossAttention, n);
    if (numClassEmbeds < 0) {
      throw new ConfigException("num_class_embeds must be at least 1 but is " + numClassEmbeds);
    }
    multiples("norm_num_groups", normNumGroups, blockOutChannels);
    for (int i = 0; i < n; i++) {
      boolean attends =
          downCrossAttention.get(i) || upCrossAttention.get(n - 1 - i) || (midBlock && i == n - 1);
      if (attends) {
        multiples("attention_head_dim", heads.get(i), blockOutChannels.subList(i, i + 1));
      }
    }
    if (textTime && (additionTimeEmbedDim < 1 || projectionClassEmbeddingsInputDim < 1)) {
      throw new ConfigException(
          "addition_embed_type text_time needs addition_time_embed_dim and"
              + " projection_class_embeddings_input_dim but they are "
              + (additionTimeEmbedDim + " and " + projectionClassEmbeddingsInputDim));
    }
  }

  /** With self-attention in every transformer, and without class labels. */
  public UNet2DConditionConfig(
      int sampleSize,
      int inChannels,
      int outChannels,
      boolean flipSinToCos,
      double freqShift,
      List<Boolean> downCrossAttention,
      List<Boolean> upCrossAttention,
      boolean midBlock,
      List<Integer> blockOutChannels,
      List<Integer> layersPerBlock,
      List<Integer> transformerLayersPerBlock,
      List<Integer> heads,
      List<Integer> crossAttentionDim,
      boolean useLinearProjection,
      boolean upcastAttention,
      int downsamplePadding,
      double midBlockScaleFactor,
      int normNumGroups,
      double normEps,
      int timeEmbeddingDim,
      int timeCondProjDim,
      boolean textTime,
      int additionTimeEmbedDim,
      int projectionClassEmbeddingsInputDim,
      int convInKernel,
      int convOutKernel) {
    this(
        sampleSize,
        inChannels,
        outChannels,
        flipSinToCos,
        freqShift,
        downCrossAttention,
        upCrossAttention,
        midBlock,
        blockOutChannels,
        layersPerBlock,
        transformerLayersPerBlock,
        heads,
        crossAttentionDim,
        useLinearProjection,
        upcastAttention,
        downsamplePadding,
        midBlockScaleFactor,
        normNumGroups,
        normEps,
        timeEmbeddingDim,
        timeCondProjDim,
        textTime,
        additionTimeEmbedDim,
        projectionClassEmbeddingsInputDim,
        convInKernel,
        convOutKernel,
        Collections.nCopies(blockOutChannels.size(), false),
        0);
  }

  private static void size(String key, List<?> values, int n) {
    if (values.size() != n) {
      throw new ConfigException(
          key + " must have one entry for each of " + n + " blocks but is " + values);
    }
  }

  private static void positive(String key, List<Integer> values, int n) {
    size(key, values, n);
    if (values.stream().anyMatch(v -> v < 1)) {
      throw new ConfigException(key + " must be at least 1 but is " + values);
    }
  }

  private static void multiples(String key, int divisor, List<Integer> channels) {
    if (divisor < 1 || channels.stream().anyMatch(c -> c % divisor != 0)) {
      throw new ConfigException(
          key + " must divide block_out_channels " + channels + " but is " + divisor);
    }
  }

  public static UNet2DConditionConfig read(Path configJson) {
    return UNetConfigJson.parse(ConfigFields.read(configJson));
  }

  public static UNet2DConditionConfig of(JsonNode config) {
    return UNetConfigJson.parse(new ConfigFields("U-Net config", config));
  }

  /** The same of a configuration that messages call {@code origin}. */
  public static UNet2DConditionConfig of(String origin, JsonNode config) {
    return UNetConfigJson.parse(new ConfigFields(origin, config));
  }

  /** A {@code config.json} that diffusers loads too. */
  public String toJson() {
    return UNetConfigJson.write(this);
  }

  /** Channels of the time embedding that goes into the resnets. */
  public int timeEmbeddingChannels() {
    return timeEmbeddingDim == 0 ? 4 * blockOutChannels.get(0) : timeEmbeddingDim;
  }

  /**
   * Channels of each cross-attention layer, in the order of diffusers' attention processors: down
   * blocks, up blocks, middle block.
   */
  public List<Integer> crossAttentionChannels() {
    List<Integer> channels = new ArrayList<>();
    int n = blockOutChannels.size();
    for (int i = 0; i < n; i++) {
      add(channels, i, downCrossAttention.get(i) ? layersPerBlock.get(i) : 0);
    }
    for (int i = 0; i < n; i++) {
      int level = n - 1 - i;
      add(channels, level, upCrossAttention.get(i) ? layersPerBlock.get(level) + 1 : 0);
    }
    add(channels, n - 1, midBlock ? 1 : 0);
    return channels;
  }

  private void add(List<Integer> channels, int level, int transformers) {
    for (int i = 0; i < transformers * transformerLayersPerBlock.get(level); i++) {
      channels.add(blockOutChannels.get(level));
    }
  }

  ResnetBlock resnet(Weights w, long in, long out, double scale) {
    return ResnetBlock.of(w, in, out, timeEmbeddingChannels(), normNumGroups, normEps, scale);
  }

  Transformer2D transformer(Weights w, BlockSpec level) {
    return Transformer2D.of(w, level, this);
  }
}
