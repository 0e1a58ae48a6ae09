package io.github.tcd4j.images.png;

import io.github.tcd4j.files.Tcd4jException;

/** A PNG file that cannot be read or written, or that lacks what is looked for in it. */
public class PngException extends Tcd4jException {
  private static final long serialVersionUID = 1L;

  public PngException(String message) {
    super(message);
  }

  public PngException(String message, Throwable cause) {
    super(message, cause);
  }
}
