package io.github.tcd4j.training.adapter;

import io.github.tcd4j.diffusion.Denoiser;
import io.github.tcd4j.diffusion.Prediction;
import io.github.tcd4j.models.ipadapter.IpAdapter;
import io.github.tcd4j.models.layers.Adapters;
import io.github.tcd4j.models.unet.Conditioning;
import io.github.tcd4j.models.unet.ImagePrompts;
import io.github.tcd4j.models.unet.UNet2DConditionModel;
import io.github.tcd4j.tensor.Tensor;
import java.util.List;

/**
 * A frozen U-Net that attends to the tokens of pictures as well, which gradients reach.
 *
 * @param conditioning as many rows as x has
 * @param adapter the projections of each cross-attention layer
 * @param tokens (B, T, C) of the pictures
 */
record PromptedDenoiser(
    UNet2DConditionModel unet,
    Prediction.Kind kind,
    Conditioning conditioning,
    IpAdapter adapter,
    Tensor tokens)
    implements Denoiser {
  @Override
  public Prediction at(Tensor x, Tensor t, Tensor s) {
    var seen = unet.prepare(conditioning, Adapters.NONE, prompts(adapter, tokens));
    return new Prediction(kind, unet.forward(x, t, seen));
  }

  /** Tokens (B, T, C) as the prompts of B rows, with their whole weight. */
  static ImagePrompts prompts(IpAdapter adapter, Tensor tokens) {
    return layer ->
        List.of(
            new ImagePrompts.Branch(
                adapter.keys(layer, tokens), adapter.values(layer, tokens), 1, null));
  }
}
