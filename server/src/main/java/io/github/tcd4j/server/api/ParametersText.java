package io.github.tcd4j.server.api;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The text that web UIs write into pictures: prompt, negative prompt, and a line of {@code Key:
 * value} pairs.
 *
 * @param pairs in order
 */
public record ParametersText(String prompt, @Nullable String negative, Map<String, String> pairs) {
  private static final String NEGATIVE = "Negative prompt:";

  /** A value is quoted where it has a comma, a colon or a line break. */
  private static final Pattern PAIR =
      Pattern.compile("\\s*([\\w /-]{1,60}):\\s*(\"(?:\\\\.|[^\\\\\"])*+\"|[^,]*+)(?:,|$)");

  /** Reads it; what does not look like it is all prompt. */
  public static ParametersText parse(String text) {
    String stripped = text.strip();
    int last = stripped.lastIndexOf('\n');
    Map<String, String> pairs = pairs(stripped.substring(last + 1));
    // Fewer are a prompt with a colon in it.
    boolean has = pairs.size() >= 3;
    String words = has ? stripped.substring(0, Math.max(0, last)) : stripped;
    int negative = words.startsWith(NEGATIVE) ? 0 : words.indexOf("\n" + NEGATIVE);
    if (negative < 0) {
      return new ParametersText(words.strip(), null, has ? pairs : Map.of());
    }
    int start = words.indexOf(NEGATIVE, negative) + NEGATIVE.length();
    return new ParametersText(
        words.substring(0, negative).strip(),
        words.substring(start).strip(),
        has ? pairs : Map.of());
  }

  private static Map<String, String> pairs(String line) {
    Map<String, String> pairs = new LinkedHashMap<>();
    Matcher m = PAIR.matcher(line);
    while (m.lookingAt()) {
      String value = m.group(2).strip();
      if (value.length() > 1 && value.startsWith("\"")) {
        value =
            value
                .substring(1, value.length() - 1)
                .replace("\\n", "\n")
                .replace("\\\"", "\"")
                .replace("\\\\", "\\");
      }
      pairs.put(m.group(1).strip(), value);
      m.region(m.end(), line.length());
    }
    return pairs;
  }
}
