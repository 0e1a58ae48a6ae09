package io.github.tcd4j.pipeline.adapter;

import io.github.tcd4j.files.InvalidRequestException;
import io.github.tcd4j.files.Tcd4jException;
import io.github.tcd4j.models.clip.ClipVisionConfig;
import io.github.tcd4j.models.ipadapter.IpAdapterShape;
import io.github.tcd4j.models.unet.UNet2DConditionConfig;
import io.github.tcd4j.tensor.file.TensorFile;
import java.nio.file.Path;

/**
 * Where an IP-Adapter is read from, checked against the model and the image encoder.
 *
 * @param model its file
 * @param shape what its tensors tell
 */
public record ImagePromptSource(AdapterModel model, IpAdapterShape shape) {
  private static final String WHAT = "IP-Adapter";

  /**
   * Looks at a file; no weights are read.
   *
   * @throws InvalidRequestException if it is no IP-Adapter, or one of another model or encoder
   */
  static ImagePromptSource of(
      AdapterModel model, UNet2DConditionConfig base, ClipVisionConfig encoder) {
    try (TensorFile file = TensorFile.open(model.weights(WHAT))) {
      IpAdapterShape shape = IpAdapterShape.of(model.name(), file);
      shape.requireFits(base);
      shape.requireFits(encoder);
      return new ImagePromptSource(model, shape);
    } catch (Tcd4jException e) {
      String message = String.valueOf(e.getMessage());
      boolean named = message.contains(model.name());
      throw new InvalidRequestException(
          named ? message : WHAT + " " + model.name() + " cannot be used: " + message, e);
    }
  }

  /** The file of its weights. */
  public Path weights() {
    return model.weights(WHAT);
  }
}
