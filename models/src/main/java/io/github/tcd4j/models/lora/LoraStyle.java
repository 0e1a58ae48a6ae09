package io.github.tcd4j.models.lora;

/** The ways in which files name the two factors of a layer's delta. */
public enum LoraStyle {
  /** {@code unet.PATH.lora_A.weight}, {@code .lora_B.weight}; what diffusers writes. */
  PEFT_DIFFUSERS,
  /** {@code base_model.model.PATH.lora_A.weight}; what peft writes, beside adapter_config.json. */
  PEFT_RAW,
  /** {@code unet.PATH.processor.to_q_lora.down.weight} and its kin; diffusers of 2023. */
  DIFFUSERS_OLD,
  /** {@code lora_unet_PATH_WITH_UNDERSCORES.lora_down.weight}, with {@code .alpha} per layer. */
  KOHYA,
  /**
   * The same with sgm's names of the U-Net's layers, which kohya's scripts write for SDXL. Read as
   * {@link #KOHYA}, since only the network tells the two apart.
   */
  KOHYA_SGM
}
