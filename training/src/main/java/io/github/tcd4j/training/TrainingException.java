package io.github.tcd4j.training;

/** A run that cannot go on; says why and what to change. */
public class TrainingException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  public TrainingException(String message) {
    super(message);
  }
}
