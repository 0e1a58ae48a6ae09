package io.github.tcd4j.pipeline.input;

import io.github.tcd4j.files.AtomicFolder;
import io.github.tcd4j.files.FileException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The pictures of a folder, such as the frames of a video. */
final class PictureFolder {
  private static final Pattern PICTURE = Pattern.compile("(?i)[^.].*\\.(png|jpe?g|webp)");
  private static final Pattern DIGITS = Pattern.compile("\\d{1,18}");

  private PictureFolder() {}

  /** In the order of their names, frame-2 before frame-10. */
  static List<Path> pictures(Path folder) {
    try {
      return AtomicFolder.children(folder).stream()
          .filter(Files::isRegularFile)
          .filter(p -> PICTURE.matcher(name(p)).matches())
          .sorted(Comparator.comparing(PictureFolder::padded).thenComparing(PictureFolder::name))
          .toList();
    } catch (IOException e) {
      throw FileException.unreadable(folder, e);
    }
  }

  private static String name(Path path) {
    return String.valueOf(path.getFileName());
  }

  /** Numbers of equal width compare as numbers. */
  private static String padded(Path path) {
    Matcher numbers = DIGITS.matcher(name(path));
    return numbers.replaceAll((MatchResult m) -> String.format("%018d", Long.parseLong(m.group())));
  }
}
