package io.github.tcd4j.tensor.file;

import io.github.tcd4j.tensor.TensorException;
import java.nio.file.Path;

/** A safetensors file that cannot be read or written; the message names the file and the fault. */
public class TensorFileException extends TensorException {
  private static final long serialVersionUID = 1L;

  public TensorFileException(String message) {
    super(message);
  }

  public TensorFileException(String message, Throwable cause) {
    super(message, cause);
  }

  static TensorFileException unreadable(Path file, String fault) {
    return new TensorFileException("cannot read " + file + ": " + fault);
  }

  static TensorFileException unreadable(Path file, String fault, Throwable cause) {
    return new TensorFileException("cannot read " + file + ": " + fault, cause);
  }
}
