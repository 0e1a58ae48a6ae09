package io.github.tcd4j.server.engine;

import java.util.Comparator;
import java.util.List;
import java.util.regex.Pattern;

/**
 * Messages of the libraries without folders of this machine: who calls over the network learns the
 * name of a file, not where it lies.
 */
public final class FolderFilter {
  /** An absolute path that is not the middle of a word, a number or an address. */
  private static final Pattern ABSOLUTE =
      Pattern.compile(
          "(?<![\\p{Alnum}._~/\\\\:-])(?:~|[A-Za-z]:)?[/\\\\](?:[^\\s/\\\\:;,'\"()]+[/\\\\])*"
              + "([^\\s/\\\\:;,'\"()]*)");

  private final List<String> roots;

  /**
   * @param roots folders of files that messages name, relative ones as they were given; they may
   *     hold blanks
   */
  public FolderFilter(List<String> roots) {
    this.roots =
        roots.stream()
            .filter(r -> !r.isEmpty() && !r.equals(".") && !r.equals("/"))
            .sorted(Comparator.comparingInt(String::length).reversed())
            .toList();
  }

  /** The first line of a message, each path cut down to its last name. */
  public String apply(String message) {
    String text = message.lines().findFirst().orElse("");
    for (String root : roots) {
      text = text.replace(root + "/", "").replace(root + "\\", "").replace(root, last(root));
    }
    return ABSOLUTE.matcher(text).replaceAll(m -> m.group(1).replace("$", "\\$"));
  }

  private static String last(String root) {
    return root.substring(Math.max(root.lastIndexOf('/'), root.lastIndexOf('\\')) + 1);
  }
}
