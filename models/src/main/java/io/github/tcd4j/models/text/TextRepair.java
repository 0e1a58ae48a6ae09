package io.github.tcd4j.models.text;

import java.text.Normalizer;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What ftfy 6.3 does to a text, which OpenAI's and OpenCLIP's tokenizers begin with.
 *
 * <p>In this order, line by line and until nothing changes: HTML's references where no {@code <}
 * has been seen, text that was decoded by the wrong encoding ({@code Ã©} for {@code é}), Windows'
 * characters for control characters, Latin ligatures taken apart, wide and narrow forms made
 * normal, typographic quotes made straight, line ends, lone surrogates, escapes of terminals and
 * control characters removed, composition (NFC).
 */
public final class TextRepair {
  private static final Pattern REFERENCE = Pattern.compile("&#?[0-9A-Za-z]{1,24};");
  private static final Pattern C1 = Pattern.compile("[\u0080-\u009f]");
  private static final Pattern WIDE = Pattern.compile("[\u3000\uff01-\uffef]");
  private static final Pattern DOUBLE_QUOTES = Pattern.compile("[\u201c-\u201f]");
  private static final Pattern SINGLE_QUOTES = Pattern.compile("[\u02bc\u2018-\u201b]");
  private static final Pattern LINE_ENDS = Pattern.compile("\r\n|[\r\u2028\u2029\u0085]");
  private static final Pattern LONE_SURROGATES = Pattern.compile("\\p{Cs}");
  private static final Pattern TERMINAL = Pattern.compile("\u001b\\[(?:\\p{Nd}|;)*[a-zA-Z]");
  private static final Pattern CONTROLS =
      Pattern.compile("[\u0000-\u0008\u000b\u000e-\u001f\u007f\u206a-\u206f\ufeff\ufff9-\ufffc]");

  private static final Map<Character, String> LIGATURES =
      Map.ofEntries(
          Map.entry('\u0132', "IJ"),
          Map.entry('\u0133', "ij"),
          Map.entry('\u0149', "\u02bcn"),
          Map.entry('\u01f1', "DZ"),
          Map.entry('\u01f2', "Dz"),
          Map.entry('\u01f3', "dz"),
          Map.entry('\u01c4', "D\u017d"),
          Map.entry('\u01c5', "D\u017e"),
          Map.entry('\u01c6', "d\u017e"),
          Map.entry('\u01c7', "LJ"),
          Map.entry('\u01c8', "Lj"),
          Map.entry('\u01c9', "lj"),
          Map.entry('\u01ca', "NJ"),
          Map.entry('\u01cb', "Nj"),
          Map.entry('\u01cc', "nj"),
          Map.entry('\ufb00', "ff"),
          Map.entry('\ufb01', "fi"),
          Map.entry('\ufb02', "fl"),
          Map.entry('\ufb03', "ffi"),
          Map.entry('\ufb04', "ffl"),
          Map.entry('\ufb05', "\u017ft"),
          Map.entry('\ufb06', "st"));

  private static final Pattern LIGATURE =
      Pattern.compile("[\u0132\u0133\u0149\u01c4-\u01cc\u01f1-\u01f3\ufb00-\ufb06]");

  private TextRepair() {}

  /** The repaired text. */
  public static String repair(String text) {
    StringBuilder out = new StringBuilder(text.length());
    boolean references = true;
    for (int from = 0; from < text.length(); ) {
      int end = text.indexOf('\n', from) + 1;
      String line = text.substring(from, end == 0 ? text.length() : end);
      references &= line.indexOf('<') < 0;
      out.append(line(line, references));
      from += line.length();
    }
    return out.toString();
  }

  private static String line(String line, boolean references) {
    String before;
    String t = line;
    do {
      before = t;
      t = references ? replace(REFERENCE, t, TextRepair::reference) : t;
      t = MojibakeRepair.repair(t);
      t = replace(C1, t, m -> String.valueOf(HtmlEntities.windows(m.charAt(0))));
      t = replace(LIGATURE, t, m -> LIGATURES.getOrDefault(m.charAt(0), m));
      t = replace(WIDE, t, TextRepair::normalWidth);
      t = DOUBLE_QUOTES.matcher(t).replaceAll("\"");
      t = SINGLE_QUOTES.matcher(t).replaceAll("'");
      t = LINE_ENDS.matcher(t).replaceAll("\n");
      t = LONE_SURROGATES.matcher(t).replaceAll("\ufffd");
      t = TERMINAL.matcher(t).replaceAll("");
      t = CONTROLS.matcher(t).replaceAll("");
      t = Normalizer.normalize(t, Normalizer.Form.NFC);
    } while (!t.equals(before));
    return t;
  }

  private static String normalWidth(String character) {
    return character.equals("\u3000") ? " " : Normalizer.normalize(character, Normalizer.Form.NFKC);
  }

  /**
   * Only whole references with their semicolon, but of letters in capitals too: NTILDE is Ntilde.
   */
  private static String reference(String reference) {
    String name = reference.substring(1);
    if (name.charAt(0) == '#') {
      String plain = HtmlEntities.unescape(reference);
      return plain.indexOf(';') >= 0 ? reference : plain;
    }
    String value = HtmlEntities.named(name);
    if (value == null) {
      value = inCapitals(name);
    }
    return value == null ? reference : value;
  }

  private static @Nullable String inCapitals(String name) {
    String lower = name.toLowerCase(Locale.ROOT);
    String value = HtmlEntities.named(lower);
    boolean capitals = name.equals(lower.toUpperCase(Locale.ROOT));
    boolean known = HtmlEntities.unescape("&" + name).equals("&" + name);
    return value != null && capitals && known ? value.toUpperCase(Locale.ROOT) : null;
  }

  private interface Replacement {
    String of(String match);
  }

  private static String replace(Pattern pattern, String text, Replacement replacement) {
    return pattern
        .matcher(text)
        .replaceAll(m -> Matcher.quoteReplacement(replacement.of(m.group())));
  }
}
