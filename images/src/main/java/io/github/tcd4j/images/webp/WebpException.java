package io.github.tcd4j.images.webp;

import io.github.tcd4j.files.Tcd4jException;

/** A WebP file that cannot be read. */
public class WebpException extends Tcd4jException {
  private static final long serialVersionUID = 1L;

  public WebpException(String message) {
    super(message);
  }

  public WebpException(String message, Throwable cause) {
    super(message, cause);
  }
}
