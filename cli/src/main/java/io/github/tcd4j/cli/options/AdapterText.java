package io.github.tcd4j.cli.options;

import java.util.ArrayList;
import java.util.List;

/**
 * Text with signs between names of files. A backslash before one of {@code : + = @} makes it a part
 * of the name.
 */
final class AdapterText {
  private static final String SIGNS = ":+=@";

  private AdapterText() {}

  /** The pieces between the signs, backslashes kept. */
  static List<String> split(String text, char sign) {
    List<String> pieces = new ArrayList<>();
    StringBuilder piece = new StringBuilder();
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c == sign) {
        pieces.add(piece.toString());
        piece.setLength(0);
        continue;
      }
      piece.append(c);
      if (escapes(text, i)) {
        piece.append(text.charAt(++i));
      }
    }
    pieces.add(piece.toString());
    return pieces;
  }

  /** The first place of the sign, -1 for none. */
  static int indexOf(String text, char sign) {
    for (int i = 0; i < text.length(); i++) {
      if (text.charAt(i) == sign) {
        return i;
      }
      if (escapes(text, i)) {
        i++;
      }
    }
    return -1;
  }

  private static boolean escapes(String text, int i) {
    return text.charAt(i) == '\\'
        && i + 1 < text.length()
        && SIGNS.indexOf(text.charAt(i + 1)) >= 0;
  }

  /** The name with a backslash before each sign. */
  static String escaped(String name) {
    return name.replaceAll("([" + SIGNS + "])", "\\\\$1");
  }

  /** The name without its backslashes. */
  static String plain(String piece) {
    StringBuilder name = new StringBuilder();
    for (int i = 0; i < piece.length(); i++) {
      name.append(piece.charAt(escapes(piece, i) ? ++i : i));
    }
    return name.toString();
  }
}
