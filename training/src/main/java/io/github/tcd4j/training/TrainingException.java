package io.github.tcd4j.training;

import io.github.tcd4j.files.Tcd4jException;

/** A run that cannot continue; the message gives the reason and what to change. */
public class TrainingException extends Tcd4jException {
  private static final long serialVersionUID = 1L;

  public TrainingException(String message) {
    super(message);
  }
}
