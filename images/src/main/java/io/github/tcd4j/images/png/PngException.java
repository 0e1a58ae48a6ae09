package io.github.tcd4j.images.png;

/** A PNG file that cannot be read or written, or that lacks what is looked for in it. */
public class PngException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  public PngException(String message) {
    super(message);
  }

  public PngException(String message, Throwable cause) {
    super(message, cause);
  }
}
