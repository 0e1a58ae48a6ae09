package io.github.tcd4j.models.text;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * UTF-8, and what some programs write in its place: characters beyond 0xffff as two surrogates of
 * three bytes (CESU-8), and 0 in two bytes (Java's). Bytes are characters below 256.
 *
 * <p>As in ftfy 6.3 a sequence of these that the end of the text cuts off takes a line end for its
 * last byte.
 */
final class LooseUtf8 {
  private static final String END = "(?=\n?\\z)";

  private static final Pattern ZERO = Pattern.compile("\u00c0(?:\u0080|" + END + ")");

  private static final Pattern PAIR =
      Pattern.compile(
          "\u00ed[\u00a0-\u00af][\u0080-\u00bf]\u00ed[\u00b0-\u00bf](?:[\u0080-\u00bf]|"
              + END
              + ")");

  private LooseUtf8() {}

  /** The text; null where the bytes are none. */
  static @Nullable String decode(String bytes) {
    if (bytes.indexOf('\u00c0') < 0 && bytes.indexOf('\u00ed') < 0) {
      return strict(bytes);
    }
    StringBuilder out = new StringBuilder();
    int from = 0;
    Matcher zero = ZERO.matcher(bytes);
    Matcher pair = PAIR.matcher(bytes);
    for (int at = 0; at < bytes.length(); ) {
      boolean isZero = zero.region(at, bytes.length()).lookingAt() && at + 1 < bytes.length();
      boolean isPair = pair.region(at, bytes.length()).lookingAt() && at + 5 < bytes.length();
      if (!isZero && !isPair) {
        at++;
        continue;
      }
      String before = strict(bytes.substring(from, at));
      if (before == null) {
        return null;
      }
      out.append(before).appendCodePoint(isZero ? 0 : beyond(bytes, at));
      at += isZero ? 2 : 6;
      from = at;
    }
    String rest = strict(bytes.substring(from));
    return rest == null ? null : out.append(rest).toString();
  }

  private static int beyond(String bytes, int at) {
    return 0x10000
        + ((bytes.charAt(at + 1) & 0xf) << 16)
        + ((bytes.charAt(at + 2) & 0x3f) << 10)
        + ((bytes.charAt(at + 4) & 0xf) << 6)
        + (bytes.charAt(at + 5) & 0x3f);
  }

  private static @Nullable String strict(String bytes) {
    try {
      ByteBuffer buffer = ByteBuffer.wrap(bytes.getBytes(StandardCharsets.ISO_8859_1));
      return StandardCharsets.UTF_8.newDecoder().decode(buffer).toString();
    } catch (CharacterCodingException e) {
      return null;
    }
  }
}
