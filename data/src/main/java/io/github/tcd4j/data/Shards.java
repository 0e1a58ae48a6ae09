package io.github.tcd4j.data;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;
import org.jspecify.annotations.Nullable;

/** Finds the shards that a path names. */
final class Shards {
  private static final Pattern GLOB = Pattern.compile("[*?\\[{]");

  private Shards() {}

  /** The shards of a file, a folder or a glob in the last name of a path, sorted by name. */
  static List<Path> find(Path path) {
    if (Files.isRegularFile(path)) {
      return List.of(path);
    }
    boolean folder = Files.isDirectory(path);
    Path parent = folder ? path : parent(path);
    String glob = folder ? "*.{tar,tar.gz,tgz}" : String.valueOf(path.getFileName());
    List<Path> shards = new ArrayList<>();
    if (parent != null && Files.isDirectory(parent)) {
      try (DirectoryStream<Path> found = Files.newDirectoryStream(parent, glob)) {
        found.forEach(shards::add);
      } catch (IOException | PatternSyntaxException e) {
        throw new DataException("cannot look for shards at " + path + ": " + e.getMessage(), e);
      }
    }
    if (shards.isEmpty()) {
      throw new DataException(
          "there is no shard at "
              + path
              + "; name a .tar file, a folder of them, or a glob such as train-*.tar");
    }
    Collections.sort(shards);
    return shards;
  }

  /** Whether the path is a glob in a folder that exists. */
  static boolean hasPlace(Path path) {
    Path parent = parent(path);
    String name = String.valueOf(path.getFileName());
    return GLOB.matcher(name).find() && parent != null && Files.isDirectory(parent);
  }

  private static @Nullable Path parent(Path path) {
    return path.toAbsolutePath().getParent();
  }
}
