package io.github.tcd4j.pipeline.checkpoint;

import com.fasterxml.jackson.databind.JsonNode;
import io.github.tcd4j.models.config.ConfigFields;
import io.github.tcd4j.models.files.Family;
import io.github.tcd4j.models.unet.UNet2DConditionConfig;
import java.util.Map;
import java.util.TreeSet;

/** The class of diffusers that a {@code model_index.json} names, and the family that it is of. */
final class PipelineClass {
  /** Whether its models are SDXL's, with two text encoders. */
  private static final Map<String, Boolean> XL =
      Map.of(
          "StableDiffusionInstructPix2PixPipeline", false,
          "StableDiffusionXLInstructPix2PixPipeline", true,
          "StableDiffusionPipeline", false,
          "StableDiffusionImg2ImgPipeline", false,
          "StableDiffusionInpaintPipeline", false,
          "LatentConsistencyModelPipeline", false,
          "LatentConsistencyModelImg2ImgPipeline", false,
          "StableDiffusionXLPipeline", true,
          "StableDiffusionXLImg2ImgPipeline", true,
          "StableDiffusionXLInpaintPipeline", true);

  private PipelineClass() {}

  /**
   * Whether it is one of SDXL.
   *
   * @throws ModelException if it is a class of another kind of model, or of an SDXL refiner
   */
  static boolean isXl(ConfigFields index) {
    String type = index.text("_class_name", "StableDiffusionPipeline");
    Boolean xl = XL.get(type);
    if (xl == null) {
      throw new ModelException(
          (index.origin() + " is of a " + type + " but only these can generate: ")
              + String.join(", ", new TreeSet<>(XL.keySet())));
    }
    JsonNode first = index.node().path("text_encoder");
    if (xl && first.isArray() && first.path(0).isNull()) {
      throw new ModelException(
          (index.origin()
                  + " is of an SDXL refiner, which has no first text encoder and generates only")
              + " from pictures; use the base model");
    }
    return xl;
  }

  /** The family; classes do not distinguish SD 1 from SD 2, shapes of the U-Net do. */
  static Family family(ConfigFields index, UNet2DConditionConfig unet) {
    if (isXl(index)) {
      return Family.SDXL;
    }
    return Family.ofContext(unet.crossAttentionDim().get(0));
  }
}
