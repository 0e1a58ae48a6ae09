package io.github.tcd4j.images.decode;

import java.io.IOException;

/**
 * An image file that is damaged, too large, or of a kind that is not read. The message is a clause
 * such as {@code the file ends inside its IDAT chunk}, for the caller to put the file's name
 * before.
 */
public final class ImageFormatException extends IOException {
  private static final long serialVersionUID = 1L;

  public ImageFormatException(String message) {
    super(message);
  }

  public ImageFormatException(String message, Throwable cause) {
    super(message, cause);
  }
}
