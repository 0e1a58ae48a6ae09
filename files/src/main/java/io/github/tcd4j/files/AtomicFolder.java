package io.github.tcd4j.files;

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
import java.util.UUID;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Folders that are there whole or not at all, whenever the process dies. One is written under a
 * unique hidden name and renamed; one that is replaced is renamed first, and the next {@link
 * #write} or {@link #recover} restores it if the new one never came.
 */
public final class AtomicFolder {
  /** Writes the files of a folder. */
  @FunctionalInterface
  public interface Content {
    /** Writes into {@code folder}, which exists and is empty. */
    void writeInto(Path folder) throws IOException;
  }

  private static final String NEW = ".tcd4j-new";
  private static final String OLD = ".tcd4j-old";
  private static final String GONE = ".tcd4j-gone";

  private AtomicFolder() {}

  /**
   * Writes {@code folder} anew. If that fails, what was there before still is; so is what a process
   * that died during an earlier write has left as the only copy.
   */
  public static void write(Path folder, Content content) throws IOException {
    Path old = hidden(folder, OLD);
    recoverOld(old, folder);
    deleteAbandoned(folder);
    Path fresh =
        hidden(folder, "." + ProcessHandle.current().pid() + "-" + UUID.randomUUID() + NEW);
    try {
      Files.createDirectories(fresh);
      content.writeInto(fresh);
      sync(fresh);
      AtomicFile.syncNames(fresh);
      if (Files.exists(folder)) {
        move(folder, old);
      }
      move(fresh, folder);
    } catch (IOException | RuntimeException e) {
      undo(folder, fresh, e);
      throw e;
    }
    AtomicFile.syncNames(folder.toAbsolutePath().getParent());
    delete(old);
  }

  private static void undo(Path folder, Path fresh, Exception cause) {
    try {
      delete(fresh);
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

  /**
   * Restores and cleans what a process left in {@code parent} when it died while writing there; for
   * use when no other process writes there.
   */
  public static void recover(@Nullable Path parent) throws IOException {
    if (parent == null || !Files.isDirectory(parent)) {
      return;
    }
    for (Path p : children(parent)) {
      String name = p.getFileName().toString();
      if (name.startsWith(".") && (name.endsWith(NEW) || name.endsWith(GONE))) {
        delete(p);
      } else if (name.startsWith(".") && name.endsWith(OLD)) {
        recoverOld(p, p.resolveSibling(name.substring(1, name.length() - OLD.length())));
      }
    }
  }

  private static void recoverOld(Path old, Path folder) throws IOException {
    if (Files.exists(folder)) {
      delete(old);
    } else if (Files.exists(old)) {
      move(old, folder);
    }
  }

  /** Deletes what writers of the same folder left that are not alive any more. */
  private static void deleteAbandoned(Path folder) throws IOException {
    Path parent = folder.toAbsolutePath().getParent();
    if (parent == null || !Files.isDirectory(parent)) {
      return;
    }
    Pattern name =
        Pattern.compile(Pattern.quote("." + folder.getFileName()) + "\\.(\\d{1,18})-.*" + NEW);
    for (Path p : children(parent)) {
      Matcher m = name.matcher(p.getFileName().toString());
      if (m.matches() && ProcessHandle.of(Long.parseLong(m.group(1))).isEmpty()) {
        delete(p);
      }
    }
  }

  /** The entries of a folder, in no order. */
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
}
