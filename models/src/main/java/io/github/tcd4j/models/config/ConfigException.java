package io.github.tcd4j.models.config;

import io.github.tcd4j.files.Hint;
import io.github.tcd4j.files.Tcd4jException;

/** A network configuration that cannot be read or that this project cannot run; names the key. */
public class ConfigException extends Tcd4jException {
  private static final long serialVersionUID = 1L;

  public ConfigException(String message) {
    super(message);
  }

  public ConfigException(String message, Hint hint) {
    super(message, hint);
  }

  public ConfigException(String message, Throwable cause) {
    super(message, cause);
  }
}
