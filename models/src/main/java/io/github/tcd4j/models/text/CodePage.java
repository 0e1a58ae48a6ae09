package io.github.tcd4j.models.text;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.zip.GZIPInputStream;

/**
 * An encoding of one byte a character, by which UTF-8 may have been decoded. Bytes that Windows
 * leaves undefined stand for Latin-1's control characters, and there byte 1a is the replacement
 * character: what a program wrote for a byte that it did not know.
 *
 * @param name as Python has it
 * @param windows whether it is one of Windows'
 * @param characters of all 256 bytes
 * @param bytes the other way
 */
record CodePage(String name, boolean windows, String characters, Map<Character, Character> bytes) {
  /** In the order in which they are tried. */
  static final List<CodePage> ALL = read();

  static final int SUBSTITUTE = 0x1a;

  static final char REPLACEMENT = '\ufffd';

  /** Greater than every byte. */
  private static final int BYTES = 256;

  CodePage {
    bytes = Map.copyOf(bytes);
  }

  private static CodePage of(String name, String upperHalf) {
    boolean windows = name.startsWith("windows");
    StringBuilder characters = new StringBuilder();
    for (char c = 0; c < BYTES / 2; c++) {
      characters.append(windows && c == SUBSTITUTE ? REPLACEMENT : c);
    }
    characters.append(upperHalf);
    Map<Character, Character> bytes = new HashMap<>();
    for (char b = 0; b < BYTES; b++) {
      bytes.put(characters.charAt(b), b);
    }
    return new CodePage(name, windows, characters.toString(), bytes);
  }

  /** Whether each character of a text has a byte. */
  boolean encodes(String text) {
    return text.chars().allMatch(c -> bytes.containsKey((char) c));
  }

  /** The bytes of a text that it {@link #encodes}, each as a character below 256. */
  String encode(String text) {
    StringBuilder encoded = new StringBuilder(text.length());
    text.chars().forEach(c -> encoded.append(bytes.get((char) c)));
    return encoded.toString();
  }

  /** Whether it is like Latin-1: its letters are, or replace, those of western languages. */
  boolean likeLatin1() {
    return windows || name.equals("latin-1");
  }

  private static List<CodePage> read() {
    try (InputStream packed =
            Objects.requireNonNull(CodePage.class.getResourceAsStream("code-pages.txt.gz"));
        BufferedReader lines =
            new BufferedReader(
                new InputStreamReader(new GZIPInputStream(packed), StandardCharsets.UTF_8))) {
      List<CodePage> pages = new ArrayList<>();
      for (String line : lines.lines().toList()) {
        String[] fields = line.split(" ", -1);
        StringBuilder upperHalf = new StringBuilder();
        for (int i = 1; i < fields.length; i++) {
          upperHalf.append((char) Integer.parseInt(fields[i], 16));
        }
        pages.add(of(fields[0], upperHalf.toString()));
      }
      return List.copyOf(pages);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
