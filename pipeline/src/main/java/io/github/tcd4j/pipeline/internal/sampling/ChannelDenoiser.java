package io.github.tcd4j.pipeline.internal.sampling;

import io.github.tcd4j.diffusion.Denoiser;
import io.github.tcd4j.diffusion.Prediction;
import io.github.tcd4j.tensor.Tensor;

/**
 * A network that reads channels next to the latents.
 *
 * @param network reads (R, C + more, h, w) and predicts (R, C, h, w)
 * @param channels (R, more, h, w), as many rows as the latents of each call
 */
public record ChannelDenoiser(Denoiser network, Tensor channels) implements Denoiser {
  @Override
  public Prediction at(Tensor x, Tensor t, Tensor s) {
    return network.at(Tensor.cat(1, x, channels), t, s);
  }
}
