package io.github.tcd4j.pipeline.adapter;

import com.fasterxml.jackson.databind.JsonNode;
import io.github.tcd4j.files.InvalidRequestException;
import io.github.tcd4j.files.Tcd4jException;
import io.github.tcd4j.models.config.ConfigFields;
import io.github.tcd4j.models.controlnet.ControlNetConfig;
import io.github.tcd4j.models.controlnet.ControlNetFile;
import io.github.tcd4j.models.files.ScaledTensors;
import io.github.tcd4j.models.unet.UNet2DConditionConfig;
import io.github.tcd4j.tensor.file.TensorFile;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * Where a ControlNet is read from, checked against the model that it is to steer.
 *
 * @param model its file or folder
 * @param config its shape
 * @param weights the file that it is read from
 * @param file how a single file's names are read; null for a folder
 */
public record ControlSource(
    AdapterModel model, ControlNetConfig config, Path weights, @Nullable ControlNetFile file) {
  private static final String WHAT = "ControlNet";

  /**
   * Looks at a file or folder; no weights are read.
   *
   * @param base the model's U-Net
   * @param pixels of the model that one latent element stands for
   * @throws InvalidRequestException if it is no ControlNet, or one of another base model
   */
  public static ControlSource of(AdapterModel model, UNet2DConditionConfig base, int pixels) {
    try {
      ControlSource source = opened(model, base);
      source.config.requireFits(base);
      if (source.config.downscale() != pixels) {
        throw new InvalidRequestException(
            ("it reads hints of "
                    + source.config.downscale()
                    + " pixels to a latent element but the")
                + (" model has " + pixels + "; use one that was trained for this model"));
      }
      return source;
    } catch (Tcd4jException e) {
      String message = String.valueOf(e.getMessage());
      boolean named = message.contains(model.name());
      throw new InvalidRequestException(
          named ? message : WHAT + " " + model.name() + " cannot be used: " + message, e);
    }
  }

  private static ControlSource opened(AdapterModel model, UNet2DConditionConfig base) {
    Path weights = model.weights(WHAT);
    Path config = model.config();
    if (config == null) {
      ControlNetFile file = ControlNetFile.of(weights, base);
      return new ControlSource(model, file.config(), weights, file);
    }
    JsonNode json = ConfigFields.read(config).node();
    String type = json.path("_class_name").asText("");
    if (!type.isEmpty() && !type.equals("ControlNetModel")) {
      throw new InvalidRequestException(
          model.name() + " is no ControlNet: its config.json says that it is a " + type);
    }
    return new ControlSource(model, ControlNetConfig.read(config), weights, null);
  }

  /** Its parameters under diffusers' names. */
  public TensorFile open() {
    return file == null ? ScaledTensors.open(weights) : file.open();
  }
}
