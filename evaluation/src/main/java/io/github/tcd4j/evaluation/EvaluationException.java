package io.github.tcd4j.evaluation;

/** An evaluation that cannot go on; says why and what to do. */
public class EvaluationException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  public EvaluationException(String message) {
    super(message);
  }

  public EvaluationException(String message, Throwable cause) {
    super(message, cause);
  }
}
