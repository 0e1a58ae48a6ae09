package io.github.tcd4j.models.layers;

/** Weights that do not fit the network that reads them; names the parameter. */
public class WeightsException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  public WeightsException(String message) {
    super(message);
  }
}
