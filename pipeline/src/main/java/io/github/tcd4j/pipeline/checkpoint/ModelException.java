package io.github.tcd4j.pipeline.checkpoint;

import io.github.tcd4j.files.Hint;
import io.github.tcd4j.files.Tcd4jException;

/** A model folder that cannot be used, or a run that went wrong; says what to do about it. */
public class ModelException extends Tcd4jException {
  private static final long serialVersionUID = 1L;

  public ModelException(String message) {
    super(message);
  }

  public ModelException(String message, Hint hint) {
    super(message, hint);
  }

  public ModelException(String message, Throwable cause) {
    super(message, cause);
  }
}
