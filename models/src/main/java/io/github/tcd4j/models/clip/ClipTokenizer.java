package io.github.tcd4j.models.clip;

import io.github.tcd4j.files.InvalidRequestException;
import io.github.tcd4j.models.config.ConfigException;
import io.github.tcd4j.tensor.Tensor;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Text to the ids that CLIP's text models read, equal to transformers' {@code CLIPTokenizer}:
 * special tokens are found, the rest is cleaned, cut into words, written as bytes and byte-pair
 * encoded.
 *
 * <pre>{@code
 * ClipTokenizer tokenizer = ClipTokenizer.load(model.resolve("tokenizer"));
 * Tensor ids = tokenizer.encode(List.of("red apple, fluent 3d style"));   // (1, maxLength)
 * }</pre>
 */
public final class ClipTokenizer {
  private final TokenizerFiles files;
  private final BytePairs pairs;
  private final Map<String, Integer> vocabulary;
  private final Map<Integer, String> tokens = new HashMap<>();
  private final Map<String, Integer> raw = new HashMap<>();
  private final Map<String, Integer> cleaned = new HashMap<>();
  private final Pattern rawPattern;
  private final Pattern cleanedPattern;
  private final int bos;
  private final int eos;
  private final int pad;
  private final int maxLength;
  private final UnaryOperator<String> cleaning;
  private final Function<String, List<String>> cutting;

  private ClipTokenizer(TokenizerFiles files) {
    this(files, ClipText::clean, ClipText::words);
  }

  private ClipTokenizer(
      TokenizerFiles files,
      UnaryOperator<String> cleaning,
      Function<String, List<String>> cutting) {
    this.files = files;
    this.cleaning = cleaning;
    this.cutting = cutting;
    vocabulary = files.vocabulary();
    vocabulary.forEach((token, id) -> tokens.put(id, token));
    bos = id(files.bos());
    eos = id(files.eos());
    pad = id(files.pad());
    maxLength = files.maxLength();
    pairs = new BytePairs(vocabulary, files.merges(), id(files.unknown()));
    for (TokenizerFiles.AddedToken t : files.added()) {
      if (t.normalized()) {
        cleaned.put(cleaning.apply(t.text()), id(t.text()));
      } else {
        raw.put(t.text(), id(t.text()));
      }
    }
    rawPattern = anyOf(raw.keySet());
    cleanedPattern = anyOf(cleaned.keySet());
  }

  /**
   * Reads a folder with {@code vocab.json} and {@code merges.txt} or with {@code tokenizer.json},
   * or a lone {@code tokenizer.json}; {@code tokenizer_config.json} and {@code
   * special_tokens_map.json} beside them are read too. Without a limit of length it is CLIP's 77.
   *
   * @throws ConfigException if a file is missing or asks for what CLIP's tokenizer does not do
   */
  public static ClipTokenizer load(Path tokenizerFolderOrTokenizerJson) {
    TokenizerFiles files = TokenizerFiles.read(tokenizerFolderOrTokenizerJson);
    try {
      return new ClipTokenizer(files);
    } catch (IllegalArgumentException | InvalidRequestException e) {
      throw new ConfigException(tokenizerFolderOrTokenizerJson + ": " + e.getMessage(), e);
    }
  }

  /** Made when it is first asked for, and once: it takes longer than all else of a small file. */
  private static final class OfClip {
    static final ClipTokenizer TOKENIZER = new ClipTokenizer(ClipVocabulary.files());
  }

  /** The tokenizer that CLIP was published with, for models without their own. */
  public static ClipTokenizer ofClip() {
    return OfClip.TOKENIZER;
  }

  /** Made when it is first asked for. */
  private static final class OfOpenClip {
    static final ClipTokenizer TOKENIZER =
        new ClipTokenizer(ClipVocabulary.openClipFiles(), OpenClipText::clean, OpenClipText::words);
  }

  /**
   * The tokenizer of OpenAI's and OpenCLIP's own packages, which HPS and the models of OpenCLIP
   * were trained with: same vocabulary, another cleaning (typographic quotes, HTML's references),
   * rows filled up with 0.
   */
  public static ClipTokenizer ofOpenClip() {
    return OfOpenClip.TOKENIZER;
  }

  /** Whether a token is in the vocabulary. */
  public boolean knows(String token) {
    return vocabulary.containsKey(token);
  }

  /** The same with rows filled up by another token: OpenCLIP's models were trained with "!". */
  public ClipTokenizer paddedWith(String token) {
    return new ClipTokenizer(files.withPad(token), cleaning, cutting);
  }

  /** Ids in every row, the begin and end tokens included. */
  public int maxLength() {
    return maxLength;
  }

  /** The least number of rows that an embedding of these ids needs. */
  public int vocabularySize() {
    return tokens.keySet().stream().mapToInt(i -> i + 1).max().orElse(0);
  }

  public int bosTokenId() {
    return bos;
  }

  public int eosTokenId() {
    return eos;
  }

  public int padTokenId() {
    return pad;
  }

  public String padToken() {
    return files.pad();
  }

  /** {@link #maxLength} ids: begin, the text as far as it fits, end, padding. */
  public long[] encode(String text) {
    return encoding(text).ids();
  }

  /** One row of ids for each text, (B, {@link #maxLength}) int64. */
  public Tensor encode(List<String> texts) {
    long[] rows = new long[texts.size() * maxLength];
    for (int i = 0; i < texts.size(); i++) {
      System.arraycopy(encode(texts.get(i)), 0, rows, i * maxLength, maxLength);
    }
    return Tensor.of(rows, texts.size(), maxLength);
  }

  /** The ids and what did not fit. */
  public TokenSequence encoding(String text) {
    List<Integer> all = ids(text);
    int kept = Math.min(all.size(), maxLength - 2);
    long[] ids = new long[maxLength];
    Arrays.fill(ids, pad);
    ids[0] = bos;
    for (int i = 0; i < kept; i++) {
      ids[i + 1] = all.get(i);
    }
    ids[kept + 1] = eos;
    List<Integer> rest = all.subList(kept, all.size());
    return new TokenSequence(ids, kept + 2, rest.size(), text(rest));
  }

  /** All ids of a text, without begin and end, however many. */
  public List<Integer> ids(String text) {
    List<Integer> ids = new ArrayList<>();
    for (String outer : split(rawPattern, text)) {
      Integer special = raw.get(outer);
      if (special != null) {
        ids.add(special);
        continue;
      }
      for (String inner : split(cleanedPattern, cleaning.apply(outer))) {
        Integer normalized = cleaned.get(inner);
        if (normalized != null) {
          ids.add(normalized);
          continue;
        }
        for (String word : cutting.apply(inner)) {
          Integer named = named(word);
          if (named != null) {
            ids.add(named);
            continue;
          }
          for (int id : pairs.encode(ByteAlphabet.write(word))) {
            ids.add(id);
          }
        }
      }
    }
    return ids;
  }

  /** The id of a word that stands for the begin or the end, in the rules of OpenCLIP. */
  private @Nullable Integer named(String word) {
    return word.equals(OpenClipText.START) || word.equals(OpenClipText.END)
        ? vocabulary.get(word)
        : null;
  }

  /** The text in pieces: those that match, and those between them. */
  private static List<String> split(Pattern pattern, String text) {
    List<String> pieces = new ArrayList<>();
    Matcher m = pattern.matcher(text);
    int from = 0;
    while (m.find()) {
      if (m.start() > from) {
        pieces.add(text.substring(from, m.start()));
      }
      pieces.add(m.group());
      from = m.end();
    }
    if (from < text.length()) {
      pieces.add(text.substring(from));
    }
    return pieces;
  }

  /** Matches the longest of the texts at the leftmost place; nothing where there are none. */
  private static Pattern anyOf(Collection<String> texts) {
    return Pattern.compile(
        texts.stream()
            .sorted(Comparator.comparingInt(String::length).reversed())
            .map(Pattern::quote)
            .reduce((a, b) -> a + "|" + b)
            .orElse("(?!)"));
  }

  /** Ids back to words; those that are not in the vocabulary are left out. */
  public String text(List<Integer> ids) {
    StringBuilder symbols = new StringBuilder();
    for (int id : ids) {
      symbols.append(tokens.getOrDefault(id, ""));
    }
    String words = symbols.toString().replace(BytePairs.END_OF_WORD, ByteAlphabet.write(" "));
    return ByteAlphabet.read(words).strip();
  }

  private int id(String token) {
    Integer id = vocabulary.get(token);
    if (id == null) {
      throw new IllegalArgumentException("the vocabulary lacks " + token);
    }
    return id;
  }
}
