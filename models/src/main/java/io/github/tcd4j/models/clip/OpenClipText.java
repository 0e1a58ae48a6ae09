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
    return SPACE.matcher(plain).replaceAll(" ").strip().toLowerCase(Locale.ROOT);
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
