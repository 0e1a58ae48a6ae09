package io.github.tcd4j.models.ipadapter;

import io.github.tcd4j.models.clip.ClipVisionConfig;
import io.github.tcd4j.models.clip.ClipVisionModel;
import io.github.tcd4j.models.layers.Adapters;
import io.github.tcd4j.models.layers.Linear;
import io.github.tcd4j.models.layers.Weights;
import io.github.tcd4j.tensor.DType;
import io.github.tcd4j.tensor.Tensor;
import java.util.List;

/**
 * The encoder of picture prompts ({@code CLIPVisionModelWithProjection} in transformers).
 *
 * @param projection of the class token
 */
public record ImageEncoder(ClipVisionModel vision, Linear projection) {
  public static ImageEncoder of(Weights w, ClipVisionConfig config) {
    return new ImageEncoder(
        ClipVisionModel.of(w, config),
        Linear.withoutBias(w.at("visual_projection"), config.hiddenSize(), config.projectionDim()));
  }

  /** pixels (N, 3, image size, image size), normalised as CLIP's. */
  public ImageFeatures forward(Tensor pixels) {
    ClipVisionModel.Output out = vision.forward(pixels);
    List<Tensor> states = out.hidden();
    return new ImageFeatures(
        projection.forward(out.pooled(), Adapters.NONE), states.get(states.size() - 2));
  }

  /**
   * What stands for no picture in the rows without the prompt: an embedding of zeros, which is not
   * that of any picture, and the hidden states of the grey picture whose normalised pixels are
   * zero.
   */
  public ImageFeatures nothing() {
    ClipVisionConfig c = vision.config();
    Tensor grey =
        Tensor.zeros(DType.F32, 1, c.numChannels(), c.imageSize(), c.imageSize())
            .to(projection.weight().device());
    ImageFeatures features = forward(grey);
    return new ImageFeatures(features.embedding().zerosLike(), features.hidden());
  }
}
