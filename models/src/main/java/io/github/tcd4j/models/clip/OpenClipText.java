package io.github.tcd4j.models.clip;

import io.github.tcd4j.models.text.HtmlEntities;
import io.github.tcd4j.models.text.TextRepair;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * How OpenAI's and OpenCLIP's own tokenizers clean a text and cut it into words. Unlike {@link
 * ClipText} they repair the text first, with typographic quotes made straight and HTML's references
 * resolved.
 */
final class OpenClipText {
  /** The names of begin and end, which a text may spell out. */
  static final String START = "<start_of_text>";

  static final String END = "<end_of_text>";

  private static final int SIGMA = 'Σ';

  /** Marks that may stand inside of a word: Word_Break of MidLetter, MidNumLet and Single_Quote. */
  private static final String INSIDE_WORDS =
      "'.:\u00b7\u0387\u055f\u05f4\u2018\u2019\u2024\u2027\ufe13\ufe52\ufe55\uff07\uff0e\uff1a";

  /** What Python's {@code str.split} splits at. */
  private static final Pattern SPACE =
      Pattern.compile(
          "[\\t-\\r\\x1c-\\x20\\x85\\xa0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000]+");

  private static final Pattern WORD =
      Pattern.compile(
          START + "|" + END + "|(?iu:'s|'t|'re|'ve|'m|'ll|'d)|\\p{L}+|\\p{N}|[^\\s\\p{L}\\p{N}]+",
          Pattern.UNICODE_CHARACTER_CLASS);

  private OpenClipText() {}

  /** Repaired, unescaped twice, runs of white space made one blank, lower case. */
  static String clean(String text) {
    String plain = HtmlEntities.unescape(HtmlEntities.unescape(TextRepair.repair(text)));
    return lower(SPACE.matcher(plain).replaceAll(" ").strip());
  }

  /**
   * Lower case by Unicode's rules. Java's own differ for the sigma at the end of a word, whose end
   * they find by a dictionary of the language.
   */
  static String lower(String text) {
    int[] points = text.codePoints().toArray();
    StringBuilder out = new StringBuilder(text.length());
    for (int i = 0; i < points.length; i++) {
      if (points[i] == SIGMA) {
        boolean end = besideCased(points, i, -1) && !besideCased(points, i, 1);
        out.append(end ? 'ς' : 'σ');
      } else {
        out.append(Character.toString(points[i]).toLowerCase(Locale.ROOT));
      }
    }
    return out.toString();
  }

  /** Whether the next character in a direction, of those that count, is one with a case. */
  private static boolean besideCased(int[] points, int from, int step) {
    int at = from + step;
    while (at >= 0 && at < points.length && ignorable(points[at])) {
      at += step;
    }
    return at >= 0 && at < points.length && cased(points[at]);
  }

  private static boolean cased(int c) {
    return Character.isLowerCase(c) || Character.isUpperCase(c) || Character.isTitleCase(c);
  }

  /** Unicode's Case_Ignorable. */
  private static boolean ignorable(int c) {
    return switch (Character.getType(c)) {
      case Character.NON_SPACING_MARK,
          Character.ENCLOSING_MARK,
          Character.FORMAT,
          Character.MODIFIER_LETTER,
          Character.MODIFIER_SYMBOL ->
          true;
      default -> INSIDE_WORDS.indexOf(c) >= 0;
    };
  }

  /** The words of a clean text, without the white space between them. */
  static List<String> words(String clean) {
    List<String> words = new ArrayList<>();
    Matcher word = WORD.matcher(clean);
    while (word.find()) {
      words.add(word.group());
    }
    return words;
  }
}
