package io.github.tcd4j.tensor;

/** A tensor operation, or a file of tensors, that could not be carried out; says which and why. */
public class TensorException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  public TensorException(String message) {
    super(message);
  }

  public TensorException(String message, Throwable cause) {
    super(message, cause);
  }
}
