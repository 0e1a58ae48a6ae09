package io.github.tcd4j.models.files;

import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Names of modules in two layouts, both ways. A name is changed in its longest known beginning; the
 * rest of it is the same in both.
 */
public final class KeyMapping {
  private final Map<String, String> toOurs = new HashMap<>();
  private final Map<String, String> toTheirs = new HashMap<>();

  /** Adds a module to both directions. */
  public KeyMapping put(String theirs, String ours) {
    if (toOurs.put(theirs, ours) != null || toTheirs.put(ours, theirs) != null) {
      throw new IllegalStateException(theirs + " or " + ours + " is in the table already");
    }
    return this;
  }

  /** Diffusers' name, or null where the table knows no beginning of the name. */
  public @Nullable String ours(String theirs) {
    return rename(toOurs, theirs);
  }

  /** The other layout's name, or null. */
  public @Nullable String theirs(String ours) {
    return rename(toTheirs, ours);
  }

  private static @Nullable String rename(Map<String, String> table, String name) {
    for (int end = name.length(); end > 0; end = name.lastIndexOf('.', end - 1)) {
      String other = table.get(name.substring(0, end));
      if (other != null) {
        return other + name.substring(end);
      }
    }
    return null;
  }
}
