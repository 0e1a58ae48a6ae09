package io.github.tcd4j.models.unet;

import io.github.tcd4j.models.layers.Adapters;
import io.github.tcd4j.models.layers.Weights;
import io.github.tcd4j.tensor.Tensor;

/**
 * Which kinds of hints are given, as a vector that is added to the time's ({@code
 * control_add_embedding} of diffusers' {@code ControlNetUnionModel}).
 */
public final class ControlTypeEmbedding {
  private final SinusoidalEmbedding waves;
  private final TimeEmbedding.Mlp layers;

  private ControlTypeEmbedding(SinusoidalEmbedding waves, TimeEmbedding.Mlp layers) {
    this.waves = waves;
    this.layers = layers;
  }

  /**
   * @param w at {@code control_add_embedding}
   * @param config of the encoder
   * @param types kinds of hints that the network knows
   */
  public static ControlTypeEmbedding of(Weights w, UNet2DConditionConfig config, int types) {
    int channels = config.additionTimeEmbedDim();
    return new ControlTypeEmbedding(
        new SinusoidalEmbedding(channels, config.flipSinToCos(), config.freqShift()),
        TimeEmbedding.Mlp.of(w, (long) channels * types, config.timeEmbeddingChannels()));
  }

  /** flags (B, types), 1 for a kind that is given, else 0; to (B, T). */
  public Tensor forward(Tensor flags) {
    Tensor each = waves.forward(flags.reshape(-1)).reshape(flags.size(0), -1);
    return layers.forward(each, Adapters.NONE);
  }
}
