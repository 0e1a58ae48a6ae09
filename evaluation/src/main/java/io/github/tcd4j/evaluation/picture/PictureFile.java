package io.github.tcd4j.evaluation.picture;

import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;

/**
 * A picture of a folder.
 *
 * @param path where it is
 * @param name its path from the folder, with {@code /} between folders
 */
public record PictureFile(Path path, String name) {
  /** The name without its ending. */
  public String stem() {
    int dot = name.lastIndexOf('.');
    return dot > name.lastIndexOf('/') ? name.substring(0, dot) : name;
  }

  /** The ending in small letters, without the dot. */
  public String ending() {
    return name.substring(name.lastIndexOf('.') + 1).toLowerCase(Locale.ROOT);
  }

  /** The kinds of files among pictures, by their endings; JPEG is one kind. */
  public static Set<String> kinds(List<PictureFile> pictures) {
    Set<String> kinds = new TreeSet<>();
    pictures.forEach(p -> kinds.add(p.ending().equals("jpeg") ? "jpg" : p.ending()));
    return kinds;
  }

  /** The part of a name after the last {@code /}. */
  static String last(String name) {
    return name.substring(name.lastIndexOf('/') + 1);
  }
}
