package io.github.tcd4j.models.unet;

import com.fasterxml.jackson.databind.JsonNode;
import io.github.tcd4j.models.blocks.ResnetBlock;
import io.github.tcd4j.models.config.ConfigFields;
import io.github.tcd4j.models.layers.Weights;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * The shape of a {@link UNet2DConditionModel}; names and defaults are those of diffusers' {@code
 * config.json}.
 *
 * @param sampleSize latent size it was trained for, not a limit; 0 where unknown
 * @param time what its time embedding is made of
 * @param blocks what they are, one by one
 * @param upcastAttention whether attention is computed in float32 where the network is in halves:
 *     scores of Stable Diffusion 2.1 overflow float16
 */
public record UNet2DConditionConfig(
    int sampleSize,
    int inChannels,
    int outChannels,
    UNetTimeConfig time,
    UNetBlocksConfig blocks,
    boolean useLinearProjection,
    boolean upcastAttention,
    int downsamplePadding,
    double midBlockScaleFactor,
    int normNumGroups,
    double normEps,
    int convInKernel,
    int convOutKernel) {

  public UNet2DConditionConfig {
    UNetBlocksConfig.requirePositive("in_channels, out_channels", List.of(inChannels, outChannels));
    UNetBlocksConfig.requirePositive(
        "conv_in_kernel, conv_out_kernel", List.of(convInKernel, convOutKernel));
    UNetBlocksConfig.multiples("norm_num_groups", normNumGroups, blocks.blockOutChannels());
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
    return timeEmbeddingDim() == 0 ? 4 * blockOutChannels().get(0) : timeEmbeddingDim();
  }

  /**
   * Channels of each cross-attention layer, in the order of diffusers' attention processors: down
   * blocks, up blocks, middle block.
   */
  public List<Integer> crossAttentionChannels() {
    List<Integer> channels = new ArrayList<>();
    int n = blockOutChannels().size();
    for (int i = 0; i < n; i++) {
      add(channels, i, downCrossAttention().get(i) ? layersPerBlock().get(i) : 0);
    }
    for (int i = 0; i < n; i++) {
      int level = n - 1 - i;
      add(channels, level, upCrossAttention().get(i) ? layersPerBlock().get(level) + 1 : 0);
    }
    add(channels, n - 1, midBlock() ? 1 : 0);
    return channels;
  }

  private void add(List<Integer> channels, int level, int transformers) {
    for (int i = 0; i < transformers * transformerLayersPerBlock().get(level); i++) {
      channels.add(blockOutChannels().get(level));
    }
  }

  ResnetBlock resnet(Weights w, long in, long out, double scale) {
    return ResnetBlock.of(w, in, out, timeEmbeddingChannels(), normNumGroups, normEps, scale);
  }

  Transformer2D transformer(Weights w, BlockSpec level) {
    return Transformer2D.of(w, level, this);
  }

  // --- of its parts ---

  public boolean flipSinToCos() {
    return time.flipSinToCos();
  }

  public double freqShift() {
    return time.freqShift();
  }

  public int timeEmbeddingDim() {
    return time.timeEmbeddingDim();
  }

  public int timeCondProjDim() {
    return time.timeCondProjDim();
  }

  public boolean textTime() {
    return time.textTime();
  }

  public int additionTimeEmbedDim() {
    return time.additionTimeEmbedDim();
  }

  public int projectionClassEmbeddingsInputDim() {
    return time.projectionClassEmbeddingsInputDim();
  }

  public int numClassEmbeds() {
    return time.numClassEmbeds();
  }

  public List<Boolean> downCrossAttention() {
    return blocks.downCrossAttention();
  }

  public List<Boolean> upCrossAttention() {
    return blocks.upCrossAttention();
  }

  public boolean midBlock() {
    return blocks.midBlock();
  }

  public List<Integer> blockOutChannels() {
    return blocks.blockOutChannels();
  }

  public List<Integer> layersPerBlock() {
    return blocks.layersPerBlock();
  }

  public List<Integer> transformerLayersPerBlock() {
    return blocks.transformerLayersPerBlock();
  }

  public List<Integer> heads() {
    return blocks.heads();
  }

  public List<Integer> crossAttentionDim() {
    return blocks.crossAttentionDim();
  }

  public List<Boolean> onlyCrossAttention() {
    return blocks.onlyCrossAttention();
  }
}
