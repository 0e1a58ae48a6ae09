package io.github.tcd4j.pipeline;

import io.github.tcd4j.diffusion.Denoiser;
import io.github.tcd4j.diffusion.Prediction;
import io.github.tcd4j.models.layers.Adapters;
import io.github.tcd4j.models.unet.Conditioning;
import io.github.tcd4j.models.unet.UNet2DConditionModel;
import io.github.tcd4j.tensor.Tensor;

/**
 * A U-Net with all that it is told closed over: where the method meets the network.
 *
 * @param conditioning as many rows as x has at each call
 * @param adapters the LoRAs that are active
 * @param kind what the network predicts
 */
public record UNetDenoiser(
    UNet2DConditionModel unet, Conditioning conditioning, Adapters adapters, Prediction.Kind kind)
    implements Denoiser {
  @Override
  public Prediction at(Tensor x, Tensor t, Tensor s) {
    return new Prediction(kind, unet.forward(x, t, conditioning, adapters));
  }
}
