package io.github.tcd4j.pipeline.checkpoint;

import com.fasterxml.jackson.databind.JsonNode;
import io.github.tcd4j.models.config.ConfigFields;
import io.github.tcd4j.models.unet.UNet2DConditionConfig;
import io.github.tcd4j.models.vae.AutoencoderKLConfig;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/** The two ways in which the networks of a diffusers folder play together. */
public enum ModelFamily {
  /** Stable Diffusion 1.x and 2.x: one text encoder, its last layer. */
  SD("ddim", 7.5, 64),
  /** Stable Diffusion XL: two text encoders, their penultimate layers, pooled text and sizes. */
  SDXL("euler", 5, 128);

  private static final Map<String, ModelFamily> CLASSES =
      Map.of(
          "StableDiffusionPipeline", SD,
          "StableDiffusionImg2ImgPipeline", SD,
          "StableDiffusionInpaintPipeline", SD,
          "LatentConsistencyModelPipeline", SD,
          "LatentConsistencyModelImg2ImgPipeline", SD,
          "StableDiffusionXLPipeline", SDXL,
          "StableDiffusionXLImg2ImgPipeline", SDXL,
          "StableDiffusionXLInpaintPipeline", SDXL);

  /** What paints where neither the user nor a LoRA nor the scheduler says. */
  public final String sampler;

  public final double guidance;

  /** Size of latents where the U-Net's configuration does not tell. */
  private final int latentSize;

  ModelFamily(String sampler, double guidance, int latentSize) {
    this.sampler = sampler;
    this.guidance = guidance;
    this.latentSize = latentSize;
  }

  /** Side in pixels of the pictures that such networks were trained for. */
  public int side(UNet2DConditionConfig unet, AutoencoderKLConfig vae) {
    return (unet.sampleSize() == 0 ? latentSize : unet.sampleSize()) * vae.downscale();
  }

  /** By the class that a {@code model_index.json} names. */
  static ModelFamily of(ConfigFields index) {
    String type = index.text("_class_name", "StableDiffusionPipeline");
    ModelFamily family = CLASSES.get(type);
    if (family == null) {
      throw new ModelException(
          (index.origin() + " is of a " + type + " but only these can be painted with: ")
              + String.join(", ", new TreeSet<>(classes())));
    }
    JsonNode first = index.node().path("text_encoder");
    if (family == SDXL && first.isArray() && first.path(0).isNull()) {
      throw new ModelException(
          (index.origin()
                  + " is of an SDXL refiner, which has no first text encoder and paints only")
              + " over pictures; take the base model");
    }
    return family;
  }

  private static Set<String> classes() {
    return CLASSES.keySet();
  }
}
