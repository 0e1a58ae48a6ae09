package io.github.tcd4j.models.text;

import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Text that was decoded by the wrong encoding decoded by UTF-8, as {@code fix_encoding} of ftfy 6.3
 * does: {@code cafÃ©} to {@code café}. All of it if one encoding explains all; else the parts that
 * are sequences of UTF-8 in one of Latin-1's kin.
 */
final class MojibakeRepair {
  /** What would be UTF-8 if a no-break space had not become a blank. */
  private static final Pattern BLANKED =
      Pattern.compile(
          "[\u00c2\u00c3\u00c5\u00ce\u00d0\u00d9] "
              + "|[\u00e2\u00e3] [\u0080-\u0084\u0086-\u009f\u00a1-\u00bf]"
              + "|[\u00e0-\u00e3][\u0080-\u0084\u0086-\u009f\u00a1-\u00bf] "
              + "|\u00f0 [\u0080-\u00bf]{2}"
              + "|\u00f0[\u0080-\u00bf] [\u0080-\u00bf]"
              + "|\u00f0[\u0080-\u00bf]{2} ");

  /** The word "à", but not the Portuguese ones that begin with it. */
  private static final Pattern A_GRAVE = Pattern.compile("\u00c3 (?! |quele|quela|quilo|s )");

  /** What would be UTF-8 if bytes had not been lost, of which 1a or a question mark is left. */
  private static final Pattern LOSSY =
      Pattern.compile(
          "[\u00c2-\u00df]\u001a|[\u00c2\u00c3]\\?"
              + "|\u00ed[\u00a0-\u00af][\u001a?]\u00ed[\u00b0-\u00bf][\u001a?\u0080-\u00bf]"
              + "|\u00ed[\u00a0-\u00af][\u001a?\u0080-\u00bf]\u00ed[\u00b0-\u00bf][\u001a?]"
              + "|[\u00e0-\u00ef][\u001a?][\u001a\u0080-\u00bf]"
              + "|[\u00e0-\u00ef][\u001a\u0080-\u00bf][\u001a?]"
              + "|[\u00f0-\u00f4][\u001a?][\u001a\u0080-\u00bf]{2}"
              + "|[\u00f0-\u00f4][\u001a\u0080-\u00bf][\u001a?][\u001a\u0080-\u00bf]"
              + "|[\u00f0-\u00f4][\u001a\u0080-\u00bf]{2}[\u001a?]"
              + "|\u001a");

  /** The replacement character in UTF-8. */
  private static final String REPLACEMENT = "\u00ef\u00bf\u00bd";

  private static final Pattern CONTROL = Pattern.compile("[\u0080-\u009f]");

  private static final Set<Character> FIRST_OF_2 = characters(0xc2, 0xdf);
  private static final Set<Character> FIRST_OF_3 = characters(0xe0, 0xef);

  /** The others begin no sequence of a character that exists. */
  private static final Set<Character> FIRST_OF_4 =
      union(characters(0xf0, 0xf0), characters(0xf3, 0xf3));

  private static final Set<Character> FOLLOWING = union(characters(0x80, 0xbf), Set.of(' '));

  /** Of {@link #FOLLOWING} those that are themselves after sequences. */
  private static final String PLAIN = " –—―‘’‚“”„•…";

  private MojibakeRepair() {}

  /** The repaired text. */
  static String repair(String text) {
    String before;
    String t = text;
    do {
      before = t;
      t = step(t);
    } while (!t.equals(before));
    return t;
  }

  private static String step(String text) {
    if (text.chars().allMatch(c -> c < 0x80) || !Mojibake.isIn(text)) {
      return text;
    }
    for (CodePage page : CodePage.ALL) {
      String decoded = page.encodes(text) ? decoded(page, text) : null;
      if (decoded != null) {
        return decoded;
      }
    }
    String parts = sequences(text);
    return parts.equals(text)
        ? CONTROL
            .matcher(text)
            .replaceAll(m -> String.valueOf(HtmlEntities.windows(m.group().charAt(0))))
        : parts;
  }

  /** A text that a page encodes; null where its bytes are not UTF-8. */
  private static @Nullable String decoded(CodePage page, String text) {
    String bytes = page.encode(text);
    // On a Macintosh it would be a dash before a blank.
    if (!page.name().equals("macroman") && BLANKED.matcher(bytes).find()) {
      bytes = A_GRAVE.matcher(bytes).replaceAll("\u00c3\u00a0 ");
      bytes = BLANKED.matcher(bytes).replaceAll(m -> m.group().replace(' ', '\u00a0'));
    }
    if (page.windows()) {
      bytes = LOSSY.matcher(bytes).replaceAll(REPLACEMENT);
    }
    return LooseUtf8.decode(bytes);
  }

  /** Repairs runs of what looks like sequences of UTF-8. */
  private static String sequences(String text) {
    StringBuilder out = new StringBuilder(text.length());
    int at = 0;
    while (at < text.length()) {
      int end = afterFollowing(text, at) ? at : run(text, at);
      if (end == at) {
        out.append(text.charAt(at++));
        continue;
      }
      String some = text.substring(at, end);
      // All of it would come here again.
      boolean repairs = some.length() < text.length() && Mojibake.isIn(some);
      out.append(repairs ? repair(some) : some);
      at = end;
    }
    return out.toString();
  }

  private static boolean afterFollowing(String text, int at) {
    return at > 0
        && FOLLOWING.contains(text.charAt(at - 1))
        && PLAIN.indexOf(text.charAt(at - 1)) < 0;
  }

  /** Where the sequences that begin at a place end. */
  private static int run(String text, int from) {
    int at = from;
    for (int length = sequence(text, at); length > 0; length = sequence(text, at)) {
      at += length;
    }
    return at;
  }

  /** Characters of one sequence; 0 where there is none. */
  private static int sequence(String text, int from) {
    char c = from < text.length() ? text.charAt(from) : 0;
    int length =
        FIRST_OF_2.contains(c) ? 2 : FIRST_OF_3.contains(c) ? 3 : FIRST_OF_4.contains(c) ? 4 : 0;
    for (int i = from + 1; i < from + length; i++) {
      if (i >= text.length() || !FOLLOWING.contains(text.charAt(i))) {
        return 0;
      }
    }
    return length;
  }

  /** What bytes stand for in Latin-1 and its kin. */
  private static Set<Character> characters(int from, int to) {
    return CodePage.ALL.stream()
        .filter(CodePage::likeLatin1)
        .flatMap(p -> p.characters().substring(from, to + 1).chars().mapToObj(c -> (char) c))
        .collect(Collectors.toUnmodifiableSet());
  }

  private static Set<Character> union(Set<Character> a, Set<Character> b) {
    return Stream.concat(a.stream(), b.stream()).collect(Collectors.toUnmodifiableSet());
  }
}
