package io.github.tcd4j.pipeline.checkpoint;

import io.github.tcd4j.models.files.Family;
import io.github.tcd4j.models.unet.UNet2DConditionConfig;
import io.github.tcd4j.models.vae.AutoencoderConfig;
import org.jspecify.annotations.Nullable;

/**
 * What a family is sampled with where neither the user nor a LoRA nor the model's scheduler sets
 * it; diffusers' defaults.
 *
 * @param sampler a name of the registry
 * @param guidance diffusers' guidance_scale
 * @param latentSize side of the latents where the U-Net's configuration does not say
 * @param steps of networks that are not distilled; null for the sampler's own
 */
public record FamilyDefaults(
    String sampler, double guidance, int latentSize, @Nullable Integer steps) {
  /** Those of a model. */
  public static FamilyDefaults of(ModelFolder folder) {
    return folder.upscales() ? new FamilyDefaults("ddim", 9, 128, 75) : of(folder.family());
  }

  /** Those of a family. */
  public static FamilyDefaults of(Family family) {
    return family == Family.SDXL
        ? new FamilyDefaults("euler", 5, 128, null)
        : new FamilyDefaults("ddim", 7.5, 64, null);
  }

  /** Side in pixels of the pictures that such networks were trained for. */
  public int side(UNet2DConditionConfig unet, AutoencoderConfig vae) {
    return (unet.sampleSize() == 0 ? latentSize : unet.sampleSize()) * vae.downscale();
  }
}
