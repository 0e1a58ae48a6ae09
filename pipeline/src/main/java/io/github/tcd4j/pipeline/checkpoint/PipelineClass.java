package io.github.tcd4j.pipeline.checkpoint;

import com.fasterxml.jackson.databind.JsonNode;
import io.github.tcd4j.models.config.ConfigFields;
import io.github.tcd4j.models.files.Family;
import io.github.tcd4j.models.unet.UNet2DConditionConfig;
import java.util.Map;
import java.util.TreeSet;

/** The class of diffusers that a {@code model_index.json} names, and the family that it is of. */
final class PipelineClass {
  /** Of models that enlarge pictures. */
  static final String UPSCALER = "StableDiffusionUpscalePipeline";

  /** Whether its models are SDXL's, with two text encoders. */
  private static final Map<String, Boolean> XL =
      Map.ofEntries(
          Map.entry("StableDiffusionInstructPix2PixPipeline", false),
          Map.entry("StableDiffusionXLInstructPix2PixPipeline", true),
          Map.entry("StableDiffusionPipeline", false),
          Map.entry("StableDiffusionImg2ImgPipeline", false),
          Map.entry("StableDiffusionInpaintPipeline", false),
          Map.entry(UPSCALER, false),
          Map.entry("LatentConsistencyModelPipeline", false),
          Map.entry("LatentConsistencyModelImg2ImgPipeline", false),
          Map.entry("StableDiffusionXLPipeline", true),
          Map.entry("StableDiffusionXLImg2ImgPipeline", true),
          Map.entry("StableDiffusionXLInpaintPipeline", true));

  private PipelineClass() {}

  /**
   * Whether it is one of SDXL.
   *
   * @throws ModelException if it is a class of another kind of model, or of an SDXL refiner
   */
  static boolean isXl(ConfigFields index) {
    String type = name(index);
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

  private static String name(ConfigFields index) {
    return index.text("_class_name", "StableDiffusionPipeline");
  }

  /** Whether it is one of upscalers, which read a small picture next to their latents. */
  static boolean upscales(ConfigFields index) {
    return name(index).equals(UPSCALER);
  }

  /** The family; classes do not distinguish SD 1 from SD 2, shapes of the U-Net do. */
  static Family family(ConfigFields index, UNet2DConditionConfig unet) {
    if (isXl(index)) {
      return Family.SDXL;
    }
    return Family.ofContext(unet.crossAttentionDim().get(0));
  }
}
