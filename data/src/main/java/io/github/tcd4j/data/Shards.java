package io.github.tcd4j.data;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;
import org.jspecify.annotations.Nullable;

/** Finds the shards that a path names. */
final class Shards {
  private static final Pattern GLOB = Pattern.compile("[*?\\[{]");

  private static final Pattern RANGE = Pattern.compile("(.*)\\{(\\d{1,9})\\.\\.(\\d{1,9})\\}(.*)");

  /** What compression is not read is found nevertheless, and refused by name. */
  private static final List<String> ENDINGS =
      List.of(".tar", ".tar.gz", ".tgz", ".tar.bz2", ".tbz2", ".tar.zst", ".tar.xz");

  private Shards() {}

  /**
   * The shards of a file, a folder, or a glob or range in the last name of a path, sorted by name;
   * none for a folder without any, which may hold images instead.
   */
  static List<Path> find(Path path) {
    if (Files.isRegularFile(path)) {
      return List.of(path);
    }
    boolean folder = Files.isDirectory(path);
    Path parent = folder ? path : parent(path);
    Matcher range = RANGE.matcher(String.valueOf(path.getFileName()));
    if (!folder && range.matches()) {
      return range(path, range);
    }
    List<Path> shards = new ArrayList<>();
    if (parent != null && Files.isDirectory(parent)) {
      String glob = folder ? "*" : String.valueOf(path.getFileName());
      try (DirectoryStream<Path> found = Files.newDirectoryStream(parent, glob)) {
        found.forEach(shards::add);
      } catch (IOException | PatternSyntaxException e) {
        throw new DataException("cannot look for shards at " + path + ": " + e.getMessage(), e);
      }
    }
    shards.removeIf(shard -> isHidden(shard) || (folder && !isShard(shard)));
    if (shards.isEmpty() && !folder) {
      throw new DataException(
          "there is no shard at "
              + path
              + "; name a .tar file, a folder of them, or a glob such as train-*.tar");
    }
    Collections.sort(shards);
    return shards;
  }

  /** As in {@code train-{0000..0009}.tar}, webdataset's notation; each of them must be there. */
  private static List<Path> range(Path path, Matcher range) {
    List<Path> shards = new ArrayList<>();
    int digits = range.group(2).length();
    long last = Long.parseLong(range.group(3));
    for (long i = Long.parseLong(range.group(2)); i <= last; i++) {
      String number = "0".repeat(Math.max(0, digits - Long.toString(i).length())) + i;
      Path shard = path.resolveSibling(range.group(1) + number + range.group(4));
      if (!Files.isRegularFile(shard)) {
        throw new DataException("there is no shard at " + shard + ", which " + path + " names");
      }
      shards.add(shard);
    }
    if (shards.isEmpty()) {
      throw new DataException("the range of " + path + " is empty; write the lower number first");
    }
    return shards;
  }

  private static boolean isShard(Path path) {
    String name = String.valueOf(path.getFileName()).toLowerCase(Locale.ROOT);
    return ENDINGS.stream().anyMatch(name::endsWith) && Files.isRegularFile(path);
  }

  private static boolean isHidden(Path path) {
    return String.valueOf(path.getFileName()).startsWith(".");
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
