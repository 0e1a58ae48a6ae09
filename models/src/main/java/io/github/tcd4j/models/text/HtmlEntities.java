package io.github.tcd4j.models.text;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.zip.GZIPInputStream;
import org.jspecify.annotations.Nullable;

/**
 * Character references of HTML 5 back to characters, as browsers and Python's {@code html.unescape}
 * do: by name, some without the semicolon; by number, where some numbers stand for others.
 */
public final class HtmlEntities {
  /** By name without the ampersand; where it needs a semicolon, with it. */
  private static final Map<String, String> NAMED = read();

  private static final Pattern REFERENCE =
      Pattern.compile("&(#[0-9]+;?|#[xX][0-9a-fA-F]+;?|[^\\t\\n\\f <&#;]{1,32};?)");

  /** What 0x80 to 0x9f stand for: the characters of Windows, five of them undefined. */
  private static final String WINDOWS =
      "\u20ac\u0081\u201a\u0192\u201e\u2026\u2020\u2021\u02c6\u2030\u0160\u2039\u0152\u008d\u017d"
          + "\u008f\u0090\u2018\u2019\u201c\u201d\u2022\u2013\u2014\u02dc\u2122\u0161\u203a\u0153"
          + "\u009d\u017e\u0178";

  private static final String REPLACEMENT = "\ufffd";

  private HtmlEntities() {}

  /**
   * The text with every reference replaced, once: of {@code &amp;lt;} there remains {@code &lt;}.
   */
  public static String unescape(String text) {
    return text.indexOf('&') < 0
        ? text
        : REFERENCE.matcher(text).replaceAll(m -> Matcher.quoteReplacement(value(m.group(1))));
  }

  /** The character of a name with its semicolon; null where there is none. */
  static @Nullable String named(String name) {
    return NAMED.get(name);
  }

  /** What Windows has where Latin-1 has a control character, from 0x80 to 0x9f. */
  static char windows(char control) {
    return WINDOWS.charAt(control - 0x80);
  }

  private static String value(String reference) {
    if (reference.charAt(0) == '#') {
      return numbered(reference.replace(";", ""));
    }
    for (int end = reference.length(); end > 1; end--) {
      String found = NAMED.get(reference.substring(0, end));
      if (found != null) {
        return found + reference.substring(end);
      }
    }
    return "&" + reference;
  }

  private static String numbered(String reference) {
    boolean hexadecimal = Character.toLowerCase(reference.charAt(1)) == 'x';
    String digits = reference.substring(hexadecimal ? 2 : 1).replaceFirst("^0+(?=.)", "");
    // More digits than any character has.
    long number =
        digits.length() > 9 ? Long.MAX_VALUE : Long.parseLong(digits, hexadecimal ? 16 : 10);
    if (number == '\r') {
      return "\r";
    }
    if (number >= 0x80 && number <= 0x9f) {
      return String.valueOf(windows((char) number));
    }
    if (number == 0 || number > 0x10ffff || (number >= 0xd800 && number <= 0xdfff)) {
      return REPLACEMENT;
    }
    return noCharacter((int) number) ? "" : Character.toString((int) number);
  }

  /** Controls and the code points that Unicode reserves for no character. */
  private static boolean noCharacter(int c) {
    return c < 9
        || c == 0xb
        || (c >= 0xe && c < 0x20)
        || c == 0x7f
        || (c >= 0xfdd0 && c <= 0xfdef)
        || (c & 0xfffe) == 0xfffe;
  }

  private static Map<String, String> read() {
    try (InputStream packed =
            Objects.requireNonNull(HtmlEntities.class.getResourceAsStream("html-entities.txt.gz"));
        BufferedReader lines =
            new BufferedReader(
                new InputStreamReader(new GZIPInputStream(packed), StandardCharsets.UTF_8))) {
      Map<String, String> named = new HashMap<>();
      lines.lines().forEach(line -> put(named, line.split(" ", -1)));
      return named;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void put(Map<String, String> named, String... fields) {
    StringBuilder value = new StringBuilder();
    for (int i = 1; i < fields.length; i++) {
      value.appendCodePoint(Integer.parseInt(fields[i], 16));
    }
    named.put(fields[0], value.toString());
  }
}
