package io.github.tcd4j.models.clip;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * The printable character that stands for each byte in a vocabulary file (GPT-2's mapping): visible
 * Latin-1 characters stand for themselves, the other bytes for U+0100 and on, in order.
 */
final class ByteAlphabet {
  private static final char[] OF_BYTE = new char[256];
  private static final int[] BYTE_OF = new int[512];

  static {
    char next = 256;
    for (int b = 0; b < 256; b++) {
      boolean visible = (b >= '!' && b <= '~') || (b >= 0xA1 && b <= 0xFF && b != 0xAD);
      OF_BYTE[b] = visible ? (char) b : next++;
      BYTE_OF[OF_BYTE[b]] = b;
    }
  }

  private ByteAlphabet() {}

  /** All 256, as CLIP's vocabulary begins: those that stand for themselves, then the others. */
  static List<String> symbols() {
    return new String(OF_BYTE).chars().sorted().mapToObj(Character::toString).toList();
  }

  /** One character for each byte of the text in UTF-8. */
  static String write(String text) {
    StringBuilder out = new StringBuilder();
    for (byte b : text.getBytes(StandardCharsets.UTF_8)) {
      out.append(OF_BYTE[b & 0xFF]);
    }
    return out.toString();
  }

  /** The inverse; bytes that are not UTF-8 become U+FFFD. */
  static String read(String symbols) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    for (char c : symbols.toCharArray()) {
      bytes.write(c < BYTE_OF.length ? BYTE_OF[c] : '?');
    }
    return bytes.toString(StandardCharsets.UTF_8);
  }
}
