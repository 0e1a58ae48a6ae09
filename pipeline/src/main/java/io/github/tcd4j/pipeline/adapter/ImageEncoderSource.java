package io.github.tcd4j.pipeline.adapter;

import com.fasterxml.jackson.databind.JsonNode;
import io.github.tcd4j.files.InvalidRequestException;
import io.github.tcd4j.models.clip.ClipConfig;
import io.github.tcd4j.models.clip.ClipVisionConfig;
import io.github.tcd4j.models.config.ConfigFields;
import java.nio.file.Path;
import java.util.List;

/**
 * Where the encoder of picture prompts is read from: a folder of transformers'
 * CLIPVisionModelWithProjection, or the vision half of a CLIPModel, a text-image pair.
 *
 * @param model its folder
 * @param config its {@code config.json}
 * @param normalization CLIP's, as diffusers does where nothing else is given; a pair's as its
 *     {@code preprocessor_config.json} says
 */
public record ImageEncoderSource(
    AdapterModel model, ClipVisionConfig config, PixelNormalization normalization) {
  private static final String WHAT = "image encoder";
  private static final List<String> KINDS = List.of("clip_vision_model", "clip");

  static ImageEncoderSource of(AdapterModel model) {
    Path config = model.config();
    if (config == null) {
      throw new InvalidRequestException(
          (WHAT + " " + model.name() + " must be a folder with config.json and model.safetensors"));
    }
    JsonNode json = ConfigFields.read(config).node();
    // Diffusers' networks have a class name there, transformers' their kind.
    String type = json.path("_class_name").asText(json.path("model_type").asText(KINDS.get(0)));
    if (!KINDS.contains(type)) {
      throw new InvalidRequestException(
          (config
                  + " is that of "
                  + type
                  + ", which is no image encoder; use the folder of the CLIP")
              + " vision encoder that the IP-Adapter was trained with");
    }
    if (json.hasNonNull("vision_config")) {
      PixelNormalization own = PixelNormalization.read(Path.of(model.name()));
      return new ImageEncoderSource(model, ClipConfig.of(json).projectedVision(), own);
    }
    return new ImageEncoderSource(model, ClipVisionConfig.read(config), PixelNormalization.CLIP);
  }

  /** Whether a tensor of a pair's file belongs to its text half, which has no part in this. */
  public static boolean isOfText(String name) {
    return name.startsWith("text_") || name.equals("logit_scale");
  }

  /** The file of its weights. */
  public Path weights() {
    return model.weights(WHAT);
  }
}
