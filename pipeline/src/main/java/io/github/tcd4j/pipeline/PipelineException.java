package io.github.tcd4j.pipeline;

/** A model folder that cannot be used, or a run that went wrong; says what to do about it. */
public class PipelineException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  public PipelineException(String message) {
    super(message);
  }

  public PipelineException(String message, Throwable cause) {
    super(message, cause);
  }
}
