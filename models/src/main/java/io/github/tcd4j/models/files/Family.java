package io.github.tcd4j.models.files;

import io.github.tcd4j.files.Hint;
import io.github.tcd4j.models.config.ConfigException;
import io.github.tcd4j.tensor.TensorFile;

/** The kinds of single file, told apart by the names of their keys. */
public enum Family {
  SD1("Stable Diffusion 1"),
  SD2("Stable Diffusion 2"),
  SDXL("Stable Diffusion XL");

  static final String UNET = "model.diffusion_model.";
  static final String VAE = "first_stage_model.";
  static final String CLIP = "cond_stage_model.transformer.";
  static final String OPEN_CLIP = "cond_stage_model.model.";
  static final String CLIP_XL = "conditioner.embedders.0.transformer.";
  static final String OPEN_CLIP_XL = "conditioner.embedders.1.model.";
  private static final String REFINER = "conditioner.embedders.0.model.";

  /** What tells SDXL's U-Net from the others where no text encoder does. */
  private static final String SIZES = UNET + "label_emb.0.0.weight";

  private final String title;

  Family(String title) {
    this.title = title;
  }

  public String title() {
    return title;
  }

  /**
   * The family of a file.
   *
   * @param origin what to call it in messages
   * @throws ConfigException if it is of none, saying what it seems to be
   */
  static Family of(String origin, TensorFile file) {
    if (!file.names().contains(UNET + "input_blocks.0.0.weight")) {
      throw new ConfigException(
          origin + " is no Stable Diffusion checkpoint: " + guess(file),
          isLora(file) ? Hint.AS_LORA : Hint.NONE);
    }
    if (any(file, REFINER)) {
      throw new ConfigException(
          origin + " is an SDXL refiner, which paints only over pictures; take the base model");
    }
    if (any(file, CLIP_XL) || any(file, OPEN_CLIP_XL) || file.names().contains(SIZES)) {
      return SDXL;
    }
    if (any(file, OPEN_CLIP)) {
      return SD2;
    }
    return any(file, CLIP) || UNetShapes.of(file, UNET).context() == 768 ? SD1 : SD2;
  }

  private static boolean isLora(TensorFile file) {
    return file.names().stream().anyMatch(n -> n.contains("lora_") || n.contains("hada_w"));
  }

  private static String guess(TensorFile file) {
    if (isLora(file)) {
      return "it looks like a LoRA, which goes with a model";
    }
    if (any(file, "down_blocks.") || any(file, "encoder.")) {
      return "it looks like one network of a model; give the folder that it belongs to";
    }
    String first = file.names().isEmpty() ? "nothing" : file.names().iterator().next();
    return "it lacks " + UNET + "input_blocks.0.0.weight; it holds " + first + ", ...";
  }

  private static boolean any(TensorFile file, String prefix) {
    return file.names().stream().anyMatch(n -> n.startsWith(prefix));
  }
}
