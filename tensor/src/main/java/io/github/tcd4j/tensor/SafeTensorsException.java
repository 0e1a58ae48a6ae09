package io.github.tcd4j.tensor;

import java.nio.file.Path;

/** A safetensors file that cannot be read or written; the message names the file and the fault. */
public class SafeTensorsException extends TensorException {
  private static final long serialVersionUID = 1L;

  public SafeTensorsException(String message) {
    super(message);
  }

  public SafeTensorsException(String message, Throwable cause) {
    super(message, cause);
  }

  static SafeTensorsException unreadable(Path file, String fault) {
    return new SafeTensorsException("cannot read " + file + ": " + fault);
  }

  static SafeTensorsException unreadable(Path file, String fault, Throwable cause) {
    return new SafeTensorsException("cannot read " + file + ": " + fault, cause);
  }
}
