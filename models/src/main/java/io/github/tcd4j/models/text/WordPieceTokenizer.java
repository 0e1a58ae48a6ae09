package io.github.tcd4j.models.text;

import io.github.tcd4j.models.config.ConfigException;
import io.github.tcd4j.models.config.ConfigFields;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.text.Normalizer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Text to the ids that BERT's uncased models read, equal to {@code BertTokenizer}: control
 * characters dropped, CJK characters set apart, lower case without accents, cut at white space and
 * at every punctuation mark; then the longest known piece first, those inside of a word marked with
 * {@code ##}.
 */
public final class WordPieceTokenizer {
  private static final String CLS = "[CLS]";
  private static final String SEP = "[SEP]";
  private static final String UNKNOWN = "[UNK]";
  private static final int LONGEST_WORD = 100;
  private static final Pattern SPECIAL = Pattern.compile("\\[(?:CLS|SEP|UNK|PAD|MASK|DEC|ENC)\\]");

  private final Map<String, Integer> vocabulary;
  private final int cls;
  private final int sep;
  private final int unknown;

  private WordPieceTokenizer(Map<String, Integer> vocabulary, String origin) {
    this.vocabulary = vocabulary;
    cls = require(CLS, origin);
    sep = require(SEP, origin);
    unknown = require(UNKNOWN, origin);
  }

  private int require(String token, String origin) {
    Integer id = vocabulary.get(token);
    if (id == null) {
      throw new ConfigException(
          origin + " lacks the token " + token + "; is it the vocabulary of a BERT?");
    }
    return id;
  }

  /**
   * Reads {@code vocab.txt}, one token a line, or {@code tokenizer.json}, or a folder with one of
   * them, such as {@code bert-base-uncased}.
   *
   * @throws ConfigException if there is none, or it is no BERT's
   */
  public static WordPieceTokenizer load(Path path) {
    Path file = path;
    if (Files.isDirectory(path)) {
      Path lines = path.resolve("vocab.txt");
      file = Files.exists(lines) ? lines : path.resolve("tokenizer.json");
    }
    if (!Files.exists(file)) {
      throw new ConfigException(
          path + " holds no vocabulary; expected vocab.txt or tokenizer.json of bert-base-uncased");
    }
    Map<String, Integer> vocabulary = new HashMap<>();
    if (file.toString().endsWith(".json")) {
      ConfigFields.read(file)
          .node()
          .path("model")
          .path("vocab")
          .properties()
          .forEach(e -> vocabulary.put(e.getKey(), e.getValue().asInt()));
    } else {
      try {
        Files.readAllLines(file).forEach(line -> vocabulary.put(line, vocabulary.size()));
      } catch (IOException e) {
        throw new ConfigException("cannot read " + file + ": " + e.getMessage(), e);
      }
    }
    return of(vocabulary, file.toString());
  }

  /** Of ids by token; ImageReward's two further ones, which BLIP added, are put behind them. */
  static WordPieceTokenizer of(Map<String, Integer> vocabulary, String origin) {
    Map<String, Integer> all = new HashMap<>(vocabulary);
    all.putIfAbsent("[DEC]", all.size());
    all.putIfAbsent("[ENC]", all.size());
    return new WordPieceTokenizer(all, origin);
  }

  /**
   * The first and the last token and as many of the text's as fit between them; no padding.
   *
   * @param maxLength most ids, from 2
   */
  public long[] encode(String text, int maxLength) {
    List<Integer> ids = ids(text);
    int kept = Math.min(ids.size(), maxLength - 2);
    long[] row = new long[kept + 2];
    row[0] = cls;
    for (int i = 0; i < kept; i++) {
      row[i + 1] = ids.get(i);
    }
    row[kept + 1] = sep;
    return row;
  }

  /** All ids of a text, without the first and the last, however many. */
  public List<Integer> ids(String text) {
    List<Integer> ids = new ArrayList<>();
    Matcher special = SPECIAL.matcher(text);
    int from = 0;
    while (special.find()) {
      Integer id = vocabulary.get(special.group());
      if (id != null) {
        plain(text.substring(from, special.start()), ids);
        ids.add(id);
        from = special.end();
      }
    }
    plain(text.substring(from), ids);
    return ids;
  }

  private void plain(String text, List<Integer> ids) {
    for (String word : words(text)) {
      pieces(word, ids);
    }
  }

  /** The cleaned words and marks. */
  static List<String> words(String text) {
    StringBuilder clean = new StringBuilder();
    text.codePoints().forEach(c -> clean(c, clean));
    String decomposed = Normalizer.normalize(clean, Normalizer.Form.NFD);
    StringBuilder spaced = new StringBuilder();
    decomposed
        .codePoints()
        .filter(c -> Character.getType(c) != Character.NON_SPACING_MARK)
        .forEach(c -> lower(c, spaced));
    List<String> words = new ArrayList<>();
    for (String word : spaced.toString().split(" ", -1)) {
      if (!word.isEmpty()) {
        words.add(word);
      }
    }
    return words;
  }

  private static void clean(int c, StringBuilder out) {
    if (space(c)) {
      out.append(' ');
    } else if (c != 0 && c != 0xfffd && !control(c)) {
      boolean apart = cjk(c);
      out.append(apart ? " " : "").appendCodePoint(c).append(apart ? " " : "");
    }
  }

  private static void lower(int c, StringBuilder out) {
    if (punctuation(c)) {
      out.append(' ').appendCodePoint(c).append(' ');
    } else {
      out.append(Character.toString(c).toLowerCase(Locale.ROOT));
    }
  }

  private static boolean space(int c) {
    return c == '\t' || c == '\n' || c == '\r' || Character.getType(c) == Character.SPACE_SEPARATOR;
  }

  private static boolean control(int c) {
    return switch (Character.getType(c)) {
      case Character.CONTROL,
          Character.FORMAT,
          Character.PRIVATE_USE,
          Character.SURROGATE,
          Character.UNASSIGNED ->
          true;
      default -> false;
    };
  }

  /** The blocks that BERT's authors set apart. */
  private static boolean cjk(int c) {
    return (c >= 0x4e00 && c <= 0x9fff)
        || (c >= 0x3400 && c <= 0x4dbf)
        || (c >= 0x20000 && c <= 0x2a6df)
        || (c >= 0x2a700 && c <= 0x2b73f)
        || (c >= 0x2b740 && c <= 0x2b81f)
        || (c >= 0x2b820 && c <= 0x2ceaf)
        || (c >= 0xf900 && c <= 0xfaff)
        || (c >= 0x2f800 && c <= 0x2fa1f);
  }

  private static boolean punctuation(int c) {
    if ((c >= 33 && c <= 47)
        || (c >= 58 && c <= 64)
        || (c >= 91 && c <= 96)
        || (c >= 123 && c <= 126)) {
      return true;
    }
    return switch (Character.getType(c)) {
      case Character.CONNECTOR_PUNCTUATION,
          Character.DASH_PUNCTUATION,
          Character.START_PUNCTUATION,
          Character.END_PUNCTUATION,
          Character.INITIAL_QUOTE_PUNCTUATION,
          Character.FINAL_QUOTE_PUNCTUATION,
          Character.OTHER_PUNCTUATION ->
          true;
      default -> false;
    };
  }

  private void pieces(String word, List<Integer> ids) {
    int[] points = word.codePoints().toArray();
    if (points.length > LONGEST_WORD) {
      ids.add(unknown);
      return;
    }
    List<Integer> pieces = new ArrayList<>();
    for (int start = 0; start < points.length; ) {
      int end = points.length;
      Integer id = null;
      while (id == null && end > start) {
        String piece = new String(points, start, end - start);
        id = vocabulary.get(start == 0 ? piece : "##" + piece);
        end -= id == null ? 1 : 0;
      }
      if (id == null) {
        ids.add(unknown);
        return;
      }
      pieces.add(id);
      start = end;
    }
    ids.addAll(pieces);
  }
}
