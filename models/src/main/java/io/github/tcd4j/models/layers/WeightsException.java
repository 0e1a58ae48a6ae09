package io.github.tcd4j.models.layers;

import io.github.tcd4j.files.Tcd4jException;

/** Weights that do not fit the network that reads them; names the parameter. */
public class WeightsException extends Tcd4jException {
  private static final long serialVersionUID = 1L;

  public WeightsException(String message, Throwable cause) {
    super(message, cause);
  }

  public WeightsException(String message) {
    super(message);
  }
}
