package io.github.tcd4j.files;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;

/** A file that cannot be read or written; the message names the file and the reason. */
public class FileException extends Tcd4jException {
  private static final long serialVersionUID = 1L;

  public FileException(String message, Throwable cause) {
    super(message, cause);
  }

  /** Reading failed. */
  public static FileException unreadable(Path file, IOException cause) {
    String reason = cause instanceof NoSuchFileException ? "it does not exist" : reason(cause);
    return new FileException("cannot read " + file + ": " + reason, cause);
  }

  /** Writing failed. */
  public static FileException unwritable(Path file, IOException cause) {
    String reason =
        cause instanceof NoSuchFileException ? "its folder does not exist" : reason(cause);
    return new FileException("cannot write " + file + ": " + reason, cause);
  }

  /** The JDK's messages of file errors are often the bare path. */
  private static String reason(IOException e) {
    if (e instanceof AccessDeniedException) {
      return "permission denied";
    }
    if (e instanceof FileAlreadyExistsException) {
      return "it exists already";
    }
    return e instanceof FileSystemException f && f.getReason() != null
        ? f.getReason()
        : String.valueOf(e.getMessage());
  }
}
