package io.github.tcd4j.training.run;

import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/** A file that is added to piece by piece; none is open in between. */
record AppendFile(Path file) {
  /**
   * Adds {@code piece}; it is in the file when this returns.
   *
   * @throws FileSystemException which names the file; a full disk's own message does not
   */
  void append(byte[] piece) throws IOException {
    try {
      Files.write(file, piece, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
    } catch (FileSystemException e) {
      throw e;
    } catch (IOException e) {
      FileSystemException named = new FileSystemException(file.toString(), null, e.getMessage());
      named.initCause(e);
      throw named;
    }
  }
}
