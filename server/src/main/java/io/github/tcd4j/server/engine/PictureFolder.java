package io.github.tcd4j.server.engine;

import io.github.tcd4j.files.AtomicFile;
import io.github.tcd4j.files.FileException;
import io.github.tcd4j.files.InvalidRequestException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.Locale;

/**
 * The folder that keeps all pictures. A job has ended only after its pictures are on the disk; no
 * part of a name comes from a request.
 */
final class PictureFolder {
  private static final DateTimeFormatter TIME =
      DateTimeFormatter.ofPattern("yyyyMMdd-HHmmss", Locale.ROOT).withZone(ZoneId.systemDefault());

  private final Path folder;

  /** Makes the folder, and fails early where nothing can be written. */
  PictureFolder(Path folder) {
    try {
      Files.createDirectories(folder);
    } catch (IOException e) {
      throw FileException.unwritable(folder, e);
    }
    if (!Files.isWritable(folder)) {
      throw new InvalidRequestException("the folder " + folder + " cannot be written to");
    }
    this.folder = folder;
  }

  void write(Job job, int index, byte[] png) {
    String stem = TIME.format(job.status().created()) + "-" + job.id() + "-" + index;
    AtomicFile.writeNew(folder.resolve(stem + ".png"), png);
  }
}
