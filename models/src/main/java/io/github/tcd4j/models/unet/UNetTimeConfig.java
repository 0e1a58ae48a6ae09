package io.github.tcd4j.models.unet;

import io.github.tcd4j.models.config.ConfigException;

/**
 * What a U-Net's time embedding is made of, under diffusers' names.
 *
 * @param flipSinToCos whether cosines of the time stand before sines
 * @param timeEmbeddingDim 0 for four times the first block's channels
 * @param timeCondProjDim channels of the guidance embedding, 0 for none
 * @param textTime whether pooled text and sizes are added to the time, as in SDXL
 * @param additionTimeEmbedDim channels for each of SDXL's sizes, 0 for none
 * @param projectionClassEmbeddingsInputDim channels of pooled text and sizes together
 * @param numClassEmbeds rows of a table from which a class label is added to the time, 0 for none;
 *     in an upscaler the label is how noisy the small picture is
 */
public record UNetTimeConfig(
    boolean flipSinToCos,
    double freqShift,
    int timeEmbeddingDim,
    int timeCondProjDim,
    boolean textTime,
    int additionTimeEmbedDim,
    int projectionClassEmbeddingsInputDim,
    int numClassEmbeds) {
  /** That of Stable Diffusion: the time alone. */
  public static final UNetTimeConfig PLAIN = new UNetTimeConfig(true, 0, 0, 0, false, 0, 0, 0);

  public UNetTimeConfig {
    if (numClassEmbeds < 0) {
      throw new ConfigException("num_class_embeds must be at least 1 but is " + numClassEmbeds);
    }
    if (textTime && (additionTimeEmbedDim < 1 || projectionClassEmbeddingsInputDim < 1)) {
      throw new ConfigException(
          "addition_embed_type text_time needs addition_time_embed_dim and"
              + " projection_class_embeddings_input_dim but they are "
              + (additionTimeEmbedDim + " and " + projectionClassEmbeddingsInputDim));
    }
  }

  /** The same time with neither guidance, class labels nor sizes, as ControlNets have it. */
  public UNetTimeConfig alone() {
    return new UNetTimeConfig(flipSinToCos, freqShift, 0, 0, false, 0, 0, 0);
  }

  /** The same with pooled text and sizes. */
  public UNetTimeConfig withTextTime(int sizeChannels, int all) {
    return new UNetTimeConfig(
        flipSinToCos,
        freqShift,
        timeEmbeddingDim,
        timeCondProjDim,
        true,
        sizeChannels,
        all,
        numClassEmbeds);
  }

  /** The same with a guidance embedding. */
  public UNetTimeConfig withGuidance(int channels) {
    return new UNetTimeConfig(
        flipSinToCos,
        freqShift,
        timeEmbeddingDim,
        channels,
        textTime,
        additionTimeEmbedDim,
        projectionClassEmbeddingsInputDim,
        numClassEmbeds);
  }

  /** The same with class labels. */
  public UNetTimeConfig withClassLabels(int rows) {
    return new UNetTimeConfig(
        flipSinToCos,
        freqShift,
        timeEmbeddingDim,
        timeCondProjDim,
        textTime,
        additionTimeEmbedDim,
        projectionClassEmbeddingsInputDim,
        rows);
  }
}
