package io.github.tcd4j.models.files;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A network of a diffusion model: where the layout of diffusers keeps it, and how LoRA files call
 * it. In the order in which a model's weights are hashed.
 */
public enum Component {
  UNET(
      "unet",
      "diffusion_pytorch_model",
      null,
      List.of("lora_unet_", "lycoris_"),
      // ComfyUI's trainer, whole checkpoints, and peft's name for what is denoised.
      List.of("unet.", "diffusion_model.", "model.diffusion_model.", "transformer.")),
  TEXT_ENCODER(
      "text_encoder",
      "model",
      "tokenizer",
      List.of("lora_te_", "lora_te1_"),
      List.of(
          "text_encoder.",
          "text_encoders.clip_l.transformer.",
          "text_encoders.clip_l.",
          "text_encoders.clip_h.transformer.",
          "text_encoders.clip_h.",
          "clip_l.transformer.",
          "clip_l.",
          "clip_h.transformer.",
          "clip_h.",
          "te1.",
          "te.",
          "cond_stage_model.transformer.",
          "conditioner.embedders.0.transformer.")),
  TEXT_ENCODER_2(
      "text_encoder_2",
      "model",
      "tokenizer_2",
      List.of("lora_te2_"),
      List.of(
          "text_encoder_2.",
          "text_encoders.clip_g.transformer.",
          "text_encoders.clip_g.",
          "clip_g.transformer.",
          "clip_g.",
          "te2.")),
  /** No LoRA changes it. */
  VAE("vae", "diffusion_pytorch_model", null, List.of(), List.of());

  private final String folder;
  private final String weightsStem;
  private final @Nullable String tokenizer;
  private final List<String> kohyaPrefixes;
  private final List<String> dottedPrefixes;

  Component(
      String folder,
      String weightsStem,
      @Nullable String tokenizer,
      List<String> kohyaPrefixes,
      List<String> dottedPrefixes) {
    this.folder = folder;
    this.weightsStem = weightsStem;
    this.tokenizer = tokenizer;
    this.kohyaPrefixes = kohyaPrefixes;
    this.dottedPrefixes = dottedPrefixes;
  }

  /** Its folder in a diffusers model, which is also the prefix of PEFT-diffusers LoRA keys. */
  public String folder() {
    return folder;
  }

  /** The name of its safetensors file in that folder, without ending, variant and shard. */
  public String weightsStem() {
    return weightsStem;
  }

  /** The folder of the tokenizer that feeds it; null for networks that read no text. */
  public @Nullable String tokenizer() {
    return tokenizer;
  }

  /** Whether it is a text encoder. */
  public boolean isText() {
    return tokenizer != null;
  }

  /**
   * Prefixes of LoRA keys whose paths have underscores for dots, the one that kohya's scripts write
   * first; empty where no LoRA changes the network.
   */
  public List<String> kohyaPrefixes() {
    return kohyaPrefixes;
  }

  /**
   * Prefixes of LoRA keys whose paths have dots, longer ones before those that they start with;
   * empty where no LoRA changes the network.
   */
  public List<String> dottedPrefixes() {
    return dottedPrefixes;
  }
}
