package io.github.tcd4j.data;

import io.github.tcd4j.files.Tcd4jException;

/** A data set that cannot be used; the message names it and the fault. */
public class DataException extends Tcd4jException {
  private static final long serialVersionUID = 1L;

  public DataException(String message) {
    super(message);
  }

  public DataException(String message, Throwable cause) {
    super(message, cause);
  }
}
