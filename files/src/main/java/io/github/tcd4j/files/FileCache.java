package io.github.tcd4j.files;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * What was read of files, kept as long as these are the same by path, size, time of change and, on
 * systems that have it, inode; and of so many sets of files only as are given, the least recently
 * used leaving first. Threads may share it; two that ask at once may both read.
 */
public final class FileCache<V> {
  /** A file as it was when it was read. */
  private record Stamp(Path file, long size, FileTime changed, @Nullable Object key) {
    static Stamp of(Path file) throws IOException {
      BasicFileAttributes now = Files.readAttributes(file, BasicFileAttributes.class);
      return new Stamp(file.toRealPath(), now.size(), now.lastModifiedTime(), now.fileKey());
    }
  }

  private final int most;
  private final Map<List<Stamp>, V> known = new LinkedHashMap<>(16, 0.75f, true);

  /**
   * @param most entries that are kept
   */
  public FileCache(int most) {
    this.most = most;
  }

  public V get(Path file, Supplier<V> reading) {
    return get(List.of(file), reading);
  }

  /** What {@code reading} gives of these files, or gave when they were as they are now. */
  public V get(List<Path> files, Supplier<V> reading) {
    List<Stamp> stamps = new ArrayList<>();
    try {
      for (Path file : files) {
        stamps.add(Stamp.of(file));
      }
    } catch (IOException e) {
      // Whoever reads the file meets the fault too, and reports it better.
      return reading.get();
    }
    synchronized (known) {
      V value = known.get(stamps);
      if (value != null) {
        return value;
      }
    }
    V read = reading.get();
    synchronized (known) {
      known.put(stamps, read);
      if (known.size() > most) {
        known.remove(known.keySet().iterator().next());
      }
    }
    return read;
  }

  int size() {
    synchronized (known) {
      return known.size();
    }
  }
}
