package io.github.tcd4j.models.lora;

import java.util.List;

/** The network of a pipeline that a delta belongs to, with the prefixes of its keys. */
public enum LoraComponent {
  UNET(
      "unet",
      List.of("lora_unet_", "lycoris_"),
      // ComfyUI's trainer, whole checkpoints, and peft's name for what is denoised.
      List.of("unet.", "diffusion_model.", "model.diffusion_model.", "transformer.")),
  TEXT_ENCODER(
      "text_encoder",
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
      List.of("lora_te2_"),
      List.of(
          "text_encoder_2.",
          "text_encoders.clip_g.transformer.",
          "text_encoders.clip_g.",
          "clip_g.transformer.",
          "clip_g.",
          "te2."));

  private final String folder;
  private final List<String> kohyaPrefixes;
  private final List<String> dottedPrefixes;

  LoraComponent(String folder, List<String> kohyaPrefixes, List<String> dottedPrefixes) {
    this.folder = folder;
    this.kohyaPrefixes = kohyaPrefixes;
    this.dottedPrefixes = dottedPrefixes;
  }

  /** Its folder in a diffusers model, which is also the prefix of PEFT-diffusers keys. */
  public String folder() {
    return folder;
  }

  /** The prefix that kohya's scripts write. */
  String kohyaPrefix() {
    return kohyaPrefixes.get(0);
  }

  /** Prefixes of paths in which all dots are underscores. */
  List<String> kohyaPrefixes() {
    return kohyaPrefixes;
  }

  /** Prefixes of paths with dots, longer ones before those that they start with. */
  List<String> dottedPrefixes() {
    return dottedPrefixes;
  }
}
