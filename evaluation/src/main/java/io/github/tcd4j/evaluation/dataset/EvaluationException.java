package io.github.tcd4j.evaluation.dataset;

import io.github.tcd4j.files.Tcd4jException;

/** An evaluation that cannot go on; says why and what to do. */
public class EvaluationException extends Tcd4jException {
  private static final long serialVersionUID = 1L;

  public EvaluationException(String message) {
    super(message);
  }

  public EvaluationException(String message, Throwable cause) {
    super(message, cause);
  }
}
