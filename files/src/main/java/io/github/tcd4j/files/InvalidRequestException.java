package io.github.tcd4j.files;

/**
 * What was asked for cannot be: a value out of its range, an unknown name, two settings that
 * exclude each other. Nothing was begun. A command line reports it as wrong usage, a server as a
 * bad request.
 */
public class InvalidRequestException extends Tcd4jException {
  private static final long serialVersionUID = 1L;

  public InvalidRequestException(String message) {
    super(message);
  }

  public InvalidRequestException(String message, Throwable cause) {
    super(message, cause);
  }

  public InvalidRequestException(String message, Hint hint) {
    super(message, hint);
  }
}
