package io.github.tcd4j.pipeline.adapter;

import io.github.tcd4j.files.InvalidRequestException;
import io.github.tcd4j.models.clip.ClipVisionConfig;
import io.github.tcd4j.models.config.ConfigFields;
import java.nio.file.Path;

/**
 * Where the encoder of picture prompts is read from.
 *
 * @param model its folder
 * @param config its {@code config.json}
 */
public record ImageEncoderSource(AdapterModel model, ClipVisionConfig config) {
  private static final String WHAT = "image encoder";

  static ImageEncoderSource of(AdapterModel model) {
    Path config = model.config();
    if (config == null) {
      throw new InvalidRequestException(
          (WHAT + " " + model.name() + " must be a folder with config.json and model.safetensors"));
    }
    // Only diffusers' networks have a class name there.
    String type = ConfigFields.read(config).node().path("_class_name").asText("");
    if (!type.isEmpty()) {
      throw new InvalidRequestException(
          (config
                  + " is that of "
                  + type
                  + ", which is no image encoder; use the folder of the CLIP")
              + " vision encoder that the IP-Adapter was trained with");
    }
    return new ImageEncoderSource(model, ClipVisionConfig.read(config));
  }

  /** The file of its weights. */
  public Path weights() {
    return model.weights(WHAT);
  }
}
