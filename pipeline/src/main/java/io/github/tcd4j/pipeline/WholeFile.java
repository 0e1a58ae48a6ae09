package io.github.tcd4j.pipeline;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;

/** Small files that are there whole or not at all. */
public final class WholeFile {
  private WholeFile() {}

  /**
   * Writes a text beside the file and renames it; if that fails, what was there before still is.
   *
   * @throws PipelineException which names the file, if the disk is full or the place closed
   */
  public static void write(Path file, String text) {
    write(file, text.getBytes(StandardCharsets.UTF_8));
  }

  /** Writes bytes in the same way. */
  public static void write(Path file, byte[] content) {
    Path beside = file.resolveSibling("." + file.getFileName() + ".tmp");
    try {
      Files.write(beside, content);
      Files.move(beside, file, StandardCopyOption.REPLACE_EXISTING);
    } catch (IOException e) {
      try {
        Files.deleteIfExists(beside);
      } catch (IOException second) {
        e.addSuppressed(second);
      }
      throw new PipelineException("cannot write " + file + ": " + e.getMessage(), e);
    }
  }
}
