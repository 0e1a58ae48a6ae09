package io.github.tcd4j.models.lora;

/** The network of a pipeline that a delta belongs to, with the prefixes of its keys. */
public enum LoraComponent {
  UNET("unet", "lora_unet_", "lycoris_"),
  TEXT_ENCODER("text_encoder", "lora_te_", "lora_te1_"),
  TEXT_ENCODER_2("text_encoder_2", "lora_te2_");

  private final String folder;
  private final String[] kohyaPrefixes;

  LoraComponent(String folder, String... kohyaPrefixes) {
    this.folder = folder;
    this.kohyaPrefixes = kohyaPrefixes;
  }

  /** Its folder in a diffusers model, which is also the prefix of PEFT-diffusers keys. */
  public String folder() {
    return folder;
  }

  /** The prefix that kohya's scripts write. */
  String kohyaPrefix() {
    return kohyaPrefixes[0];
  }

  String[] kohyaPrefixes() {
    return kohyaPrefixes;
  }
}
