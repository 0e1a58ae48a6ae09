package io.github.tcd4j.tensor;

import io.github.tcd4j.files.Hint;
import io.github.tcd4j.files.Tcd4jException;

/** A tensor operation, or a file of tensors, that could not be carried out; says which and why. */
public class TensorException extends Tcd4jException {
  private static final long serialVersionUID = 1L;

  public TensorException(String message) {
    super(message);
  }

  public TensorException(String message, Hint hint) {
    super(message, hint);
  }

  public TensorException(String message, Throwable cause) {
    super(message, cause);
  }
}
