package io.github.tcd4j.training.network;

import io.github.tcd4j.diffusion.Prediction;
import io.github.tcd4j.models.layers.Adapters;
import io.github.tcd4j.models.unet.Conditioning;
import io.github.tcd4j.models.unet.DestinationEmbedding;
import io.github.tcd4j.models.unet.UNet2DConditionModel;
import io.github.tcd4j.pipeline.internal.UNetDenoiser;
import java.util.ArrayList;
import java.util.List;

/**
 * A diffusion network but for the conditions of a batch.
 *
 * @param adapters LoRAs that act in it
 * @param destinations its s-embeddings; none where it is not conditioned on s
 * @param kind what it predicts
 */
public record DiffusionNetwork(
    UNet2DConditionModel unet,
    Adapters adapters,
    List<DestinationEmbedding> destinations,
    Prediction.Kind kind) {
  /** A U-Net without adapters or s-embeddings. */
  public static DiffusionNetwork plain(UNet2DConditionModel unet, Prediction.Kind kind) {
    return new DiffusionNetwork(unet, Adapters.NONE, List.of(), kind);
  }

  /** The same network conditioned on s by {@code embedding} too. */
  public DiffusionNetwork conditionedBy(DestinationEmbedding embedding) {
    List<DestinationEmbedding> all = new ArrayList<>(destinations);
    all.add(embedding);
    return new DiffusionNetwork(unet, adapters, all, kind);
  }

  public UNetDenoiser with(Conditioning conditioning) {
    return new UNetDenoiser(unet, conditioning, adapters, destinations, kind);
  }
}
