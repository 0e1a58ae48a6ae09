package io.github.tcd4j.pipeline.internal;

import io.github.tcd4j.models.unet.DestinationEmbedding;
import io.github.tcd4j.models.unet.PreparedConditioning;
import io.github.tcd4j.models.unet.UNet2DConditionModel;
import io.github.tcd4j.tensor.Tensor;
import java.util.List;

/**
 * Rows that a U-Net evaluates in one call, all but their latents and times.
 *
 * @param unet the network
 * @param destinations its s-embeddings, whose outputs add up; none where it is not conditioned on s
 * @param conditioning one for each row
 */
public record UNetRows(
    UNet2DConditionModel unet,
    List<DestinationEmbedding> destinations,
    PreparedConditioning conditioning) {
  public UNetRows {
    destinations = List.copyOf(destinations);
  }

  /**
   * The network's output (R, C, h, w), float32.
   *
   * @param x (R, C, h, w)
   * @param t (R) network times
   * @param s (R) destinations
   */
  public Tensor forward(Tensor x, Tensor t, Tensor s) {
    PreparedConditioning at = conditioning;
    for (DestinationEmbedding embedding : destinations) {
      at = at.plusTimeShift(embedding.forward(s));
    }
    return unet.forward(x, t, at);
  }

  /** Whether one call can evaluate the rows of both. */
  public boolean fits(UNetRows o) {
    return unet == o.unet
        && destinations.equals(o.destinations)
        && conditioning.fits(o.conditioning);
  }

  /** The rows of all of these, in order, of which each {@link #fits} the first. */
  public static UNetRows cat(List<UNetRows> parts) {
    UNetRows first = parts.get(0);
    return new UNetRows(
        first.unet,
        first.destinations,
        PreparedConditioning.cat(parts.stream().map(UNetRows::conditioning).toList()));
  }
}
