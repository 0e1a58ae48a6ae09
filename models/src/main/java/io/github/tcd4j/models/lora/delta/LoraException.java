package io.github.tcd4j.models.lora.delta;

import io.github.tcd4j.files.Tcd4jException;

/** A LoRA that cannot be read or does not fit the network; names the file or the layer. */
public class LoraException extends Tcd4jException {
  private static final long serialVersionUID = 1L;

  public LoraException(String message) {
    super(message);
  }

  public LoraException(String message, Throwable cause) {
    super(message, cause);
  }
}
