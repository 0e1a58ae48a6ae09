package io.github.tcd4j.models.text;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * Finds text that was decoded by the wrong encoding, as ftfy 6.3 does: by neighbours that hardly
 * ever meet in a text that somebody wrote, such as a small letter with an accent and a currency
 * sign.
 */
final class Mojibake {
  /** Characters that occur in UTF-8 decoded by one of {@link CodePage#ALL}. */
  private enum Kind {
    COMMON("\u00a0\u00ad·´–—―…’"),
    CONTROL("\u0080-\u009f"),
    /** Of hardly any other use. */
    BAD("¦¤¨¬¯¸ƒˆˇ˘˛˜†‡‰⌐◊\ufffdªº"),
    LAW("¶§"),
    CURRENCY("¢£¥₧€"),
    OPENING("¡«¿©΄΅‘‚“„•‹\uf8ff"),
    CLOSING("®»˝”›™"),
    NUMERIC("²³¹±¼½¾×µ÷⁄∂∆∏∑√∞∩∫≈≠≡≤≥№"),
    /** Parts of faces made of letters, which stand where no other letter would. */
    FACE("Ò-ÖÙ-Üò-öø-üŐŌŪŲ°"),
    CAPITAL("À-ÑØÜÝĂĀĄĆČĎĐĘĚĒĖĞĢİĪĶĹĽŁĻŃŇŅŒŘŚŞŠŢŤŮŰŸŹŻŽҐ"),
    SMALL("ßà-ñăąāćčďđęěēėğģįīķĺľłļœŕśşšťüźżžґﬁﬂ"),
    /** Of Greek, Cyrillic and Icelandic, which end words too. */
    COMMON_CAPITAL("ÞΑ-ΩΆΈΉΊΌΎΏΪΫЁ-Я"),
    COMMON_SMALL("α-ωάέήίΰа-џ"),
    BOX("│┌┐┘├┤┬┼═-╬▀▄█▌▐░▒▓");

    private final String characters;

    Kind(String characters) {
      this.characters = characters;
    }
  }

  private static final String SPACE =
      "[\\t-\\r\\x1c-\\x20\\x85\\xa0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000]";

  private static final Pattern FOUND = Pattern.compile(String.join("|", rules()));

  private Mojibake() {}

  /** Whether a text holds some. */
  static boolean isIn(String text) {
    return FOUND.matcher(text).find();
  }

  /** The kinds that do not follow a kind. */
  private static Map<Kind, Set<Kind>> improbable() {
    Map<Kind, Set<Kind>> after = new EnumMap<>(Kind.class);
    after.put(
        Kind.BAD,
        EnumSet.of(
            Kind.BAD,
            Kind.SMALL,
            Kind.CAPITAL,
            Kind.BOX,
            Kind.OPENING,
            Kind.CLOSING,
            Kind.CURRENCY,
            Kind.NUMERIC,
            Kind.LAW));
    after.put(Kind.SMALL, EnumSet.of(Kind.BAD, Kind.CAPITAL, Kind.CURRENCY, Kind.BOX));
    after.put(Kind.CAPITAL, EnumSet.of(Kind.BAD, Kind.NUMERIC, Kind.LAW, Kind.BOX));
    after.put(
        Kind.BOX,
        EnumSet.of(
            Kind.BAD,
            Kind.CAPITAL,
            Kind.SMALL,
            Kind.CURRENCY,
            Kind.NUMERIC,
            Kind.LAW,
            Kind.OPENING,
            Kind.CLOSING,
            Kind.FACE));
    after.put(Kind.OPENING, EnumSet.of(Kind.BAD, Kind.BOX));
    after.put(
        Kind.CLOSING, EnumSet.of(Kind.BAD, Kind.CAPITAL, Kind.SMALL, Kind.CURRENCY, Kind.BOX));
    Set<Kind> figures = EnumSet.of(Kind.BAD, Kind.CAPITAL, Kind.SMALL, Kind.OPENING, Kind.BOX);
    after.put(Kind.CURRENCY, figures);
    after.put(Kind.NUMERIC, figures);
    after.put(Kind.LAW, EnumSet.of(Kind.BAD, Kind.BOX));
    after.put(Kind.COMMON_SMALL, EnumSet.of(Kind.CAPITAL));
    return after;
  }

  private static List<String> rules() {
    List<String> rules = new ArrayList<>();
    rules.add(one(Kind.CONTROL));
    improbable().forEach((kind, next) -> rules.add(one(kind) + one(next.toArray(Kind[]::new))));
    String letters = one(Kind.SMALL, Kind.CAPITAL);
    String signs = one("°", Kind.CONTROL, Kind.BAD, Kind.OPENING, Kind.CLOSING, Kind.CURRENCY);
    String arabic =
        "[ØÙ]" + one("ŸŠ®°µ»", Kind.COMMON, Kind.CURRENCY, Kind.BAD, Kind.NUMERIC, Kind.OPENING);
    rules.addAll(
        List.of(
            "[a-zA-Z]" + one(Kind.COMMON_SMALL, Kind.COMMON_CAPITAL) + one(Kind.BAD),
            SPACE + one(Kind.CAPITAL) + one(Kind.CURRENCY),
            "[a-z]" + one(Kind.CAPITAL) + one(Kind.OPENING, Kind.CURRENCY),
            one(Kind.SMALL, Kind.CAPITAL, Kind.BOX, Kind.CURRENCY, Kind.CLOSING)
                + one(Kind.OPENING)
                + one(Kind.NUMERIC),
            one(Kind.SMALL, Kind.CAPITAL, Kind.CURRENCY, Kind.NUMERIC, Kind.BOX, Kind.LAW)
                + one(Kind.CLOSING)
                + one(Kind.OPENING),
            letters + one(Kind.OPENING, Kind.CLOSING) + "[\\p{L}\\p{N}_]",
            one(Kind.CAPITAL) + "°",
            "[Œœ][^A-Za-z]",
            "×[²³]",
            // Windows-1252: accents and signs of Latin-1; Arabic; the south of Asia.
            "[ÂÃÎÐ]" + one("€œŠš¢£Ÿž\u00a0\u00ad®©°·»–—´", Kind.OPENING, Kind.CLOSING),
            "Ã[\u00a0¡]",
            "[a-z]" + SPACE + "?[ÃÂ] ",
            "^[ÃÂ] ",
            one("a-z.,?!", Kind.CLOSING) + "Â" + one(" ", Kind.OPENING, Kind.CLOSING),
            arabic + arabic,
            "à[²µ¹¼½¾]",
            // Macintosh.
            "√[±∂†≠®™´≤≥¥µø]",
            "≈[°¢]",
            "‚Ä[ìîïòôúùû†°¢π]",
            "‚[âó][àä°ê]",
            // Windows-1251, 1253 and 1257: punctuation, then letters.
            "вЂ",
            "[ВГРС](?:" + signs + "|µ)[ВГРС]",
            "ГўВЂВ[^\\n][A-Za-z ]",
            "β€[™\u00a0Ά\u00ad®°]",
            "[ΒΓΞΟ]" + signs + "[ΒΓΞΟ]",
            "ā€"));
    return rules;
  }

  /** One character of some kinds. */
  private static String one(Kind... kinds) {
    return one("", kinds);
  }

  private static String one(String more, Kind... kinds) {
    StringBuilder set = new StringBuilder("[").append(more);
    for (Kind kind : kinds) {
      set.append(kind.characters);
    }
    return set.append(']').toString();
  }
}
