package io.github.tcd4j.evaluation.generate;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.jspecify.annotations.Nullable;

/**
 * One batch of a folder of pictures, held by whoever makes it, so that others who fill the same
 * folder make others meanwhile. The system takes it from a process that ends, in whatever way.
 */
record BatchLock(Path file, FileChannel channel) implements AutoCloseable {
  /** Takes the batch that begins at picture {@code start}; null if somebody holds it. */
  static @Nullable BatchLock take(Path folder, int start) throws IOException {
    Path file = folder.resolve(".%05d.lock".formatted(start));
    FileChannel channel =
        FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
    if (locked(channel)) {
      return new BatchLock(file, channel);
    }
    channel.close();
    return null;
  }

  private static boolean locked(FileChannel channel) {
    try {
      FileLock lock = channel.tryLock();
      return lock != null;
    } catch (OverlappingFileLockException e) {
      return false; // by another thread of this process
    } catch (IOException e) {
      return true; // a file system without locks: there, everybody makes every batch
    }
  }

  @Override
  public void close() throws IOException {
    // Before the lock is given up: who takes it next makes a file of its own.
    Files.deleteIfExists(file);
    channel.close();
  }
}
