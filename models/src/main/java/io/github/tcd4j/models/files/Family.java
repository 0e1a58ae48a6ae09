package io.github.tcd4j.models.files;

import io.github.tcd4j.files.Hint;
import io.github.tcd4j.models.config.ConfigException;
import io.github.tcd4j.tensor.file.TensorFile;
import java.util.Map;

/**
 * The generations of Stable Diffusion, told apart by the shape of their U-Net: SD 1.x, and SD 2.x,
 * with one text encoder, its last layer; SDXL with two, their penultimate layers, pooled text and
 * sizes. Names of text encoders in single files follow the code that saved them and tell nothing:
 * SD-Turbo has SD2's U-Net and sgm's names.
 */
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

  /** Of SD-Turbo's text encoder, and of the SDXL refiner's. */
  static final String OPEN_CLIP_SGM = "conditioner.embedders.0.model.";

  /** Channels of the text that a U-Net looks at. */
  private static final int SD2_CONTEXT = 1024;

  private static final int REFINER_CONTEXT = 1280;

  /** By which a U-Net is given sizes and pooled text. */
  private static final String SIZES = UNET + "label_emb.0.0.weight";

  /** By which a U-Net is given how noisy a small picture is that it enlarges. */
  private static final String NOISE_LEVELS = UNET + "label_emb.weight";

  /** Parts of the keys of transformers in the place of a U-Net. */
  private static final Map<String, String> OTHERS =
      Map.of("joint_blocks.", "Stable Diffusion 3", "double_blocks.", "Flux");

  private final String title;

  Family(String title) {
    this.title = title;
  }

  public String title() {
    return title;
  }

  /** SD 1 or SD 2, by the channels of the text that its U-Net attends to. */
  public static Family ofContext(int channels) {
    return channels == SD2_CONTEXT ? SD2 : SD1;
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
    int context = UNetShapes.of(file, UNET).context();
    if (!file.names().contains(SIZES)) {
      return context == SD2_CONTEXT || linear(file) ? SD2 : SD1;
    }
    if (context == SD2_CONTEXT) {
      throw new ConfigException(
          origin + " is a model of unCLIP, which needs a picture's embedding; use the base model");
    }
    if (context == REFINER_CONTEXT || any(file, OPEN_CLIP_SGM)) {
      throw new ConfigException(
          origin + " is an SDXL refiner, which only refines existing images; use the base model");
    }
    return SDXL;
  }

  /** Whether features go into attention through linear layers, as in all families but the first. */
  private static boolean linear(TensorFile file) {
    return file.names().stream()
        .filter(n -> n.startsWith(UNET) && n.endsWith(".proj_in.weight"))
        .findFirst()
        .map(n -> file.shape(n).length == 2)
        .orElse(false);
  }

  private static boolean isLora(TensorFile file) {
    return file.names().stream().anyMatch(n -> n.contains("lora_") || n.contains("hada_w"));
  }

  private static String guess(TensorFile file) {
    if (isLora(file)) {
      return "it looks like a LoRA, which goes with a model";
    }
    if (any(file, "model_ema.")) {
      return "its U-Net is there only as a moving average (model_ema.*), whose names have no dots;"
          + " use the file with model.diffusion_model.*, or a diffusers folder that was converted"
          + " from the moving average";
    }
    for (Map.Entry<String, String> other : OTHERS.entrySet()) {
      if (file.names().stream().anyMatch(n -> n.contains(other.getKey()))) {
        return "it looks like " + other.getValue() + ", which is another kind of network";
      }
    }
    if (any(file, "down_blocks.") || any(file, "encoder.")) {
      return "it looks like one network of a model; give the folder that it belongs to";
    }
    String first = file.names().isEmpty() ? "nothing" : file.names().iterator().next();
    return "it lacks " + UNET + "input_blocks.0.0.weight; it holds " + first + ", ...";
  }

  /** Whether the file is of an upscaler, which is given how noisy its small picture is. */
  static boolean upscales(TensorFile file) {
    return file.names().contains(NOISE_LEVELS);
  }

  static boolean any(TensorFile file, String prefix) {
    return file.names().stream().anyMatch(n -> n.startsWith(prefix));
  }
}
