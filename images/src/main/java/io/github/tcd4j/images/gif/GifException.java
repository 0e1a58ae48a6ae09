package io.github.tcd4j.images.gif;

import io.github.tcd4j.files.Tcd4jException;

/** A GIF file that cannot be read or written. */
public class GifException extends Tcd4jException {
  private static final long serialVersionUID = 1L;

  public GifException(String message) {
    super(message);
  }

  public GifException(String message, Throwable cause) {
    super(message, cause);
  }
}
