package io.github.tcd4j.pipeline;

import io.github.tcd4j.files.Hint;
import io.github.tcd4j.files.Tcd4jException;

/** A model folder that cannot be used, or a run that went wrong; says what to do about it. */
public class PipelineException extends Tcd4jException {
  private static final long serialVersionUID = 1L;

  public PipelineException(String message) {
    super(message);
  }

  public PipelineException(String message, Hint hint) {
    super(message, hint);
  }

  public PipelineException(String message, Throwable cause) {
    super(message, cause);
  }
}
