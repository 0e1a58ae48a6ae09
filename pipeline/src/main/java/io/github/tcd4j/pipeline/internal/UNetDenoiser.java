package io.github.tcd4j.pipeline.internal;

import io.github.tcd4j.diffusion.Denoiser;
import io.github.tcd4j.diffusion.Prediction;
import io.github.tcd4j.models.layers.Adapters;
import io.github.tcd4j.models.unet.Conditioning;
import io.github.tcd4j.models.unet.DestinationEmbedding;
import io.github.tcd4j.models.unet.ImagePrompts;
import io.github.tcd4j.models.unet.InsertedLayers;
import io.github.tcd4j.models.unet.PreparedConditioning;
import io.github.tcd4j.models.unet.UNet2DConditionModel;
import io.github.tcd4j.tensor.Tensor;
import java.util.List;

/**
 * A U-Net with its conditioning bound: the denoiser that the samplers evaluate.
 *
 * @param conditioning as many rows as x has at each call
 * @param adapters the LoRAs that are active
 * @param destinations its s-embeddings, TCF(S+); where there are several their outputs add up,
 *     where there is none the network is not conditioned on s
 * @param kind what the network predicts
 */
public record UNetDenoiser(
    UNet2DConditionModel unet,
    Conditioning conditioning,
    Adapters adapters,
    List<DestinationEmbedding> destinations,
    Prediction.Kind kind)
    implements Denoiser {
  public UNetDenoiser {
    destinations = List.copyOf(destinations);
  }

  /** A network that is not conditioned on s. */
  public UNetDenoiser(
      UNet2DConditionModel unet,
      Conditioning conditioning,
      Adapters adapters,
      Prediction.Kind kind) {
    this(unet, conditioning, adapters, List.of(), kind);
  }

  @Override
  public Prediction at(Tensor x, Tensor t, Tensor s) {
    Conditioning c = conditioning;
    for (DestinationEmbedding embedding : destinations) {
      c = c.plusTimeShift(embedding.forward(s));
    }
    return new Prediction(kind, unet.forward(x, t, c, adapters));
  }

  /**
   * The same for many calls without gradients: what the text becomes in the network's layers is
   * made once, in the scope that is open here.
   */
  public Denoiser prepared() {
    return prepared(ImagePrompts.NONE, ResidualSource.NONE);
  }

  /** The same with pictures as prompts, and with networks that add to its features. */
  public Denoiser prepared(ImagePrompts images, ResidualSource residuals) {
    return prepared(images, residuals, UNetEvaluator.ALONE);
  }

  /**
   * The same evaluated by somebody else.
   *
   * @param evaluator runs the network
   */
  public Denoiser prepared(ImagePrompts images, ResidualSource residuals, UNetEvaluator evaluator) {
    Frames one = new Frames(1, InsertedLayers.NONE, residuals);
    return prepared(unet.prepare(conditioning, adapters, images), one, evaluator);
  }

  /**
   * Frames of a video that go through the network together.
   *
   * @param n rows of x for each row of the conditioning
   * @param inserted layers that see them together
   * @param residuals what is added to the network's features
   */
  public record Frames(int n, InsertedLayers inserted, ResidualSource residuals) {}

  /** The same for each of several groups of frames, which share what the text becomes. */
  public List<Denoiser> prepared(ImagePrompts images, List<Frames> groups) {
    PreparedConditioning rows = unet.prepare(conditioning, adapters, images);
    return groups.stream().map(group -> prepared(rows, group, UNetEvaluator.ALONE)).toList();
  }

  private Denoiser prepared(PreparedConditioning text, Frames frames, UNetEvaluator evaluator) {
    PreparedConditioning inFrames = text.inFrames(frames.n, frames.inserted);
    return (x, t, s) -> {
      UNetRows rows = new UNetRows(unet, destinations, inFrames.with(frames.residuals.at(x, t)));
      return new Prediction(kind, evaluator.evaluate(rows, x, t, s).output());
    };
  }

  @Override
  public UNetDenoiser withGuidance(Tensor w) {
    return unet.config().timeCondProjDim() == 0
        ? this
        : new UNetDenoiser(unet, conditioning.withGuidance(w), adapters, destinations, kind);
  }
}
