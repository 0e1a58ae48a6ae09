package io.github.tcd4j.models.clip;

import java.text.Normalizer;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** How CLIP cleans a text and cuts it into words before byte-pair encoding. */
final class ClipText {
  private static final Pattern SPACE = Pattern.compile("\\s+", Pattern.UNICODE_CHARACTER_CLASS);

  /** CLIP's own cut: contractions, runs of letters, single digits, runs of anything else. */
  private static final Pattern WORD =
      Pattern.compile(
          "<\\|startoftext\\|>|<\\|endoftext\\|>|'s|'t|'re|'ve|'m|'ll|'d"
              + "|\\p{L}+|\\p{N}|[^\\s\\p{L}\\p{N}]+",
          Pattern.UNICODE_CHARACTER_CLASS);

  /** A second cut that byte-level tokenizers add; it only divides a spelt-out special token. */
  private static final Pattern BYTE_LEVEL =
      Pattern.compile(
          "'s|'t|'re|'ve|'m|'ll|'d|\\p{L}+|\\p{N}+|[^\\s\\p{L}\\p{N}]+",
          Pattern.UNICODE_CHARACTER_CLASS);

  private ClipText() {}

  /** Composed (NFC), runs of white space made one blank, lower case. */
  static String clean(String text) {
    String composed = Normalizer.normalize(text, Normalizer.Form.NFC);
    String spaced = SPACE.matcher(composed).replaceAll(" ");
    StringBuilder out = new StringBuilder(spaced.length());
    // One character at a time: a whole string would get the final form of the Greek sigma.
    spaced
        .codePoints()
        .forEach(c -> out.append(new String(Character.toChars(c)).toLowerCase(Locale.ROOT)));
    return out.toString();
  }

  /** The words of a clean text, without the white space between them. */
  static List<String> words(String clean) {
    List<String> words = new ArrayList<>();
    Matcher outer = WORD.matcher(clean);
    while (outer.find()) {
      Matcher inner = BYTE_LEVEL.matcher(outer.group());
      while (inner.find()) {
        words.add(inner.group());
      }
    }
    return words;
  }
}
