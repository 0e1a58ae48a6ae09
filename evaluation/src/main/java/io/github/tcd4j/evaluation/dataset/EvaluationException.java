package io.github.tcd4j.evaluation.dataset;

import io.github.tcd4j.files.Tcd4jException;

/** An evaluation that cannot continue; the message has the reason and what to do. */
public class EvaluationException extends Tcd4jException {
  private static final long serialVersionUID = 1L;

  public EvaluationException(String message) {
    super(message);
  }

  public EvaluationException(String message, Throwable cause) {
    super(message, cause);
  }
}
