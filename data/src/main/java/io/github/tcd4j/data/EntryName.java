package io.github.tcd4j.data;

import java.util.Locale;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The name of a file in a shard as webdataset divides it ({@code base_plus_ext}).
 *
 * @param key the path up to the first dot of the base name
 * @param ending what follows that dot, in lower case
 */
record EntryName(String key, String ending) {
  /**
   * Names that webdataset keeps for itself, such as {@code __shardinfo__}; its {@code skip_meta}.
   */
  private static final Pattern META = Pattern.compile("__[^/]*__($|/.*)");

  /** Null for a file that belongs to no sample: hidden, without an ending, or of webdataset. */
  static @Nullable EntryName of(String path) {
    String name = path;
    while (name.startsWith("./")) {
      name = name.substring(2);
    }
    int base = name.lastIndexOf('/') + 1;
    int dot = name.indexOf('.', base);
    // A Mac's ._0001.jpg is no image but notes about one.
    if (dot <= base || META.matcher(name).matches()) {
      return null;
    }
    return new EntryName(name.substring(0, dot), name.substring(dot + 1).toLowerCase(Locale.ROOT));
  }
}
