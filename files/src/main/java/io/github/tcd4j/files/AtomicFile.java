package io.github.tcd4j.files;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Files that are there whole or not at all, whenever the process dies or the power fails. Each is
 * written under a unique temporary name in the same folder, forced to the disk, and renamed; any
 * number of threads and processes may write the same file, and one of them wins.
 *
 * <pre>{@code
 * AtomicFile.write(folder.resolve("results.md"), table.markdown());
 * }</pre>
 */
public final class AtomicFile {
  /** Writes the bytes of a file. */
  @FunctionalInterface
  public interface Content {
    /** Writes into {@code channel}, which is empty and stays open. */
    void writeTo(FileChannel channel) throws IOException;
  }

  private AtomicFile() {}

  /** Writes a text in UTF-8, see {@link #write(Path, Content)}. */
  public static void write(Path file, String text) {
    write(file, text.getBytes(StandardCharsets.UTF_8));
  }

  /** Writes bytes, see {@link #write(Path, Content)}. */
  public static void write(Path file, byte[] bytes) {
    write(file, channel -> writeFully(channel, ByteBuffer.wrap(bytes)));
  }

  /**
   * Writes {@code file}, replacing what was there. If that fails, what was there before still is,
   * and nothing is left beside it.
   *
   * @throws FileException if the file cannot be written; what {@code content} throws beside
   *     IOException passes through
   */
  public static void write(Path file, Content content) {
    Path temporary = temporary(file);
    try {
      writeTo(temporary, content);
      Files.move(
          temporary, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    } catch (IOException e) {
      delete(temporary, e);
      throw FileException.unwritable(file, e);
    } catch (RuntimeException | Error e) {
      delete(temporary, e);
      throw e;
    }
    syncNames(file.toAbsolutePath().getParent());
  }

  /**
   * Writes {@code file} unless something has that name, which is then left as it is. Of several
   * threads or processes that write one name at the same time, exactly one succeeds.
   *
   * @return whether it was written; false if the name is taken
   * @throws FileException as {@link #write(Path, Content)}
   */
  public static boolean writeNew(Path file, byte[] bytes) {
    Path temporary = temporary(file);
    try {
      writeTo(temporary, channel -> writeFully(channel, ByteBuffer.wrap(bytes)));
      link(temporary, file);
    } catch (FileAlreadyExistsException e) {
      delete(temporary, e);
      return false;
    } catch (IOException e) {
      delete(temporary, e);
      throw FileException.unwritable(file, e);
    }
    syncNames(file.toAbsolutePath().getParent());
    return true;
  }

  /** Writes all of a buffer; a channel alone may write less. */
  public static void writeFully(FileChannel channel, ByteBuffer buffer) throws IOException {
    while (buffer.hasRemaining()) {
      channel.write(buffer);
    }
  }

  /** A name that fits wherever {@code file} does: its length does not depend on the file's. */
  private static Path temporary(Path file) {
    return file.resolveSibling(".tcd4j-" + UUID.randomUUID() + ".tmp");
  }

  private static void writeTo(Path temporary, Content content) throws IOException {
    try (FileChannel channel =
        FileChannel.open(temporary, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
      content.writeTo(channel);
      channel.force(true);
    }
  }

  /** A second name for the file never replaces one; then the temporary name goes. */
  private static void link(Path temporary, Path file) throws IOException {
    try {
      Files.createLink(file, temporary);
    } catch (FileAlreadyExistsException e) {
      throw e;
    } catch (UnsupportedOperationException | IOException e) {
      reserve(temporary, file);
      return;
    }
    Files.deleteIfExists(temporary);
  }

  /** Where the file system knows no links: an empty file holds the name until the rename. */
  static void reserve(Path temporary, Path file) throws IOException {
    Files.createFile(file);
    try {
      Files.move(
          temporary, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    } catch (IOException e) {
      delete(file, e);
      throw e;
    }
  }

  private static void delete(Path file, Throwable cause) {
    try {
      Files.deleteIfExists(file);
    } catch (IOException e) {
      cause.addSuppressed(e);
    }
  }

  /** Makes the names in a folder outlast a power failure, where the system can. */
  static void syncNames(@Nullable Path folder) {
    if (folder == null) {
      return;
    }
    try (FileChannel channel = FileChannel.open(folder)) {
      channel.force(true);
    } catch (IOException e) {
      // Windows opens no folders; the files themselves are on the disk already.
    }
  }
}
