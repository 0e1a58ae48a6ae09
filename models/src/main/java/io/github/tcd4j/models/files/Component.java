package io.github.tcd4j.models.files;

/** A network of a pipeline, by the folder that diffusers keeps it in. */
public enum Component {
  UNET("unet"),
  VAE("vae"),
  TEXT_ENCODER("text_encoder"),
  TEXT_ENCODER_2("text_encoder_2");

  private final String folder;

  Component(String folder) {
    this.folder = folder;
  }

  public String folder() {
    return folder;
  }
}
