package io.github.tcd4j.pipeline;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Folders that are there whole or not at all, whenever the process dies. One is written under a
 * hidden name and renamed; one that is replaced steps aside first, and {@link #recover} brings it
 * back if the new one never came.
 */
public final class WholeFolder {
  /** Writes the files of a folder. */
  @FunctionalInterface
  public interface Content {
    /** Writes into {@code folder}, which exists and is empty. */
    void writeInto(Path folder) throws IOException;
  }

  private static final String NEW = ".tcd4j-new";
  private static final String OLD = ".tcd4j-old";
  private static final String GONE = ".tcd4j-gone";

  private WholeFolder() {}

  /** Writes {@code folder} anew. If that fails, what was there before still is. */
  public static void write(Path folder, Content content) throws IOException {
    Path fresh = hidden(folder, NEW);
    Path old = hidden(folder, OLD);
    delete(fresh);
    delete(old);
    try {
      Files.createDirectories(fresh);
      content.writeInto(fresh);
      sync(fresh);
      syncNames(fresh);
      if (Files.exists(folder)) {
        move(folder, old);
      }
      move(fresh, folder);
    } catch (IOException | RuntimeException e) {
      undo(folder, e);
      throw e;
    }
    syncNames(folder.toAbsolutePath().getParent());
    delete(old);
  }

  private static void undo(Path folder, Exception cause) {
    try {
      delete(hidden(folder, NEW));
      Path old = hidden(folder, OLD);
      if (Files.exists(old) && !Files.exists(folder)) {
        move(old, folder);
      }
    } catch (IOException e) {
      cause.addSuppressed(e);
    }
  }

  /** Removes {@code folder} so that at no time half of it is there. */
  public static void remove(Path folder) throws IOException {
    Path gone = hidden(folder, GONE);
    delete(gone);
    move(folder, gone);
    delete(gone);
  }

  /** Puts in order what a process left in {@code parent} when it died while writing there. */
  public static void recover(@Nullable Path parent) throws IOException {
    if (parent == null || !Files.isDirectory(parent)) {
      return;
    }
    for (Path p : children(parent)) {
      String name = p.getFileName().toString();
      if (name.startsWith(".") && (name.endsWith(NEW) || name.endsWith(GONE))) {
        delete(p);
      } else if (name.startsWith(".") && name.endsWith(OLD)) {
        Path place = p.resolveSibling(name.substring(1, name.length() - OLD.length()));
        if (Files.exists(place)) {
          delete(p);
        } else {
          move(p, place);
        }
      }
    }
  }

  /** What stands in a folder, in no order. */
  public static List<Path> children(Path parent) throws IOException {
    List<Path> children = new ArrayList<>();
    try (var list = Files.newDirectoryStream(parent)) {
      list.forEach(children::add);
    }
    return children;
  }

  private static Path hidden(Path folder, String end) {
    return folder.resolveSibling("." + folder.getFileName() + end);
  }

  private static void move(Path from, Path to) throws IOException {
    Files.move(from, to, StandardCopyOption.ATOMIC_MOVE);
  }

  private static void delete(Path folder) throws IOException {
    if (!Files.exists(folder)) {
      return;
    }
    Files.walkFileTree(
        folder,
        new SimpleFileVisitor<>() {
          @Override
          public FileVisitResult visitFile(Path file, BasicFileAttributes a) throws IOException {
            Files.delete(file);
            return FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult postVisitDirectory(Path dir, @Nullable IOException e)
              throws IOException {
            if (e != null) {
              throw e;
            }
            Files.delete(dir);
            return FileVisitResult.CONTINUE;
          }
        });
  }

  private static void sync(Path folder) throws IOException {
    try (var files = Files.walk(folder)) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
          channel.force(true);
        }
      }
    }
  }

  /** Makes the names in a folder outlast a power cut, where the system can. */
  private static void syncNames(@Nullable Path folder) {
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
