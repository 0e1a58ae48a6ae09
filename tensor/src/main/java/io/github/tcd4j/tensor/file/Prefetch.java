package io.github.tcd4j.tensor.file;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.channels.WritableByteChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Large files on their way into the system's cache while their first tensors are at work already.
 * Several readers at once get from a disk what one alone does not; what they read goes nowhere, and
 * costs this process no memory.
 */
public final class Prefetch {
  private static final int READERS = 4;
  private static final long PIECE = 64L << 20;
  private static final long LARGE = 256L << 20;

  /** Most files that are remembered as begun. */
  static final int MOST = 64;

  private static final Path NOWHERE = Path.of("/dev/null");

  /** The last files, the oldest first: a server that changes models must not remember all. */
  private static final Set<Path> BEGUN =
      Collections.newSetFromMap(
          new LinkedHashMap<>() {
            private static final long serialVersionUID = 1L;

            @Override
            protected boolean removeEldestEntry(Map.Entry<Path, Boolean> eldest) {
              return size() > MOST;
            }
          });

  private Prefetch() {}

  /**
   * Begins in the background, once for each of the last {@value #MOST} files; small files are not
   * worth it.
   *
   * @param file of tensors, or the index of its shards
   */
  public static void begin(Path file) {
    boolean first;
    synchronized (BEGUN) {
      first = BEGUN.add(file.toAbsolutePath().normalize());
    }
    if (first) {
      readers(file).forEach(Thread::start);
    }
  }

  /** Number of files that are known to be read already, for tests. */
  static int remembered() {
    synchronized (BEGUN) {
      return BEGUN.size();
    }
  }

  static List<Thread> readers(Path file) {
    List<Thread> readers = new ArrayList<>();
    for (Path large : largeFiles(file)) {
      AtomicLong next = new AtomicLong();
      for (int i = 0; i < READERS; i++) {
        Thread reader = new Thread(() -> read(large, next), "read-ahead-" + i);
        reader.setDaemon(true);
        readers.add(reader);
      }
    }
    return readers;
  }

  private static List<Path> largeFiles(Path file) {
    List<Path> files = new ArrayList<>();
    if (file.toString().endsWith(".json")) {
      SafeTensorsIndex.read(file).shards().forEach(s -> files.add(file.resolveSibling(s)));
    } else {
      files.add(file);
    }
    return files.stream().filter(f -> f.toFile().length() >= LARGE).toList();
  }

  /** Piece by piece, whichever is the next. */
  private static void read(Path file, AtomicLong next) {
    try (FileChannel in = FileChannel.open(file);
        WritableByteChannel nowhere = nowhere()) {
      for (long at = next.getAndAdd(PIECE); at < in.size(); at = next.getAndAdd(PIECE)) {
        long end = Math.min(in.size(), at + PIECE);
        for (long to = at; to < end; ) {
          long moved = in.transferTo(to, end - to, nowhere);
          if (moved <= 0) {
            return;
          }
          to += moved;
        }
      }
    } catch (IOException e) {
      // Whoever needs the file meets the fault too, and tells it better.
      next.set(Long.MAX_VALUE / 2);
    }
  }

  /** Where the system can move a file's pages without copying them, if it has such a place. */
  private static WritableByteChannel nowhere() throws IOException {
    return Files.exists(NOWHERE)
        ? FileChannel.open(NOWHERE, StandardOpenOption.WRITE)
        : Channels.newChannel(OutputStream.nullOutputStream());
  }
}
