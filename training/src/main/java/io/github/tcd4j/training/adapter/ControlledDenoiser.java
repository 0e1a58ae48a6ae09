package io.github.tcd4j.training.adapter;

import io.github.tcd4j.diffusion.Denoiser;
import io.github.tcd4j.diffusion.Prediction;
import io.github.tcd4j.models.controlnet.ControlNetModel;
import io.github.tcd4j.models.layers.Adapters;
import io.github.tcd4j.models.unet.Conditioning;
import io.github.tcd4j.models.unet.UNet2DConditionModel;
import io.github.tcd4j.models.unet.UNetEncoder;
import io.github.tcd4j.tensor.Tensor;

/**
 * A frozen U-Net steered by a ControlNet, which gradients reach.
 *
 * @param conditioning of both, as many rows as x has
 * @param hint (B, channels, H, W) in [0, 1]
 */
record ControlledDenoiser(
    UNet2DConditionModel unet,
    Prediction.Kind kind,
    Conditioning conditioning,
    ControlNetModel control,
    Tensor hint)
    implements Denoiser {
  @Override
  public Prediction at(Tensor x, Tensor t, Tensor s) {
    var residuals = control.forward(x, t, conditioning, hint, 1, false);
    var seen = UNetEncoder.inEachCall(conditioning, Adapters.NONE).with(residuals);
    return new Prediction(kind, unet.forward(x, t, seen));
  }
}
