package io.github.tcd4j.pipeline.prompt;

import io.github.tcd4j.models.clip.ClipTokenizer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Prompts to windows of tokens, for one tokenizer and the textual inversions that it knows. Long
 * prompts break as AUTOMATIC1111's do: where a window is full and its last comma is near its end,
 * the words after that comma move to the next window together.
 */
public final class PromptTokenizer {
  /** How far from the end of a full window a comma may be to break there, in tokens. */
  private static final int NEAR = 20;

  /** Windows, and how many tokens of the text no window holds. */
  public record Reading(List<TokenWindow> windows, int cut, String cutText) {}

  private final ClipTokenizer tokenizer;
  private final Map<String, long[]> triggers;
  private final Pattern trigger;
  private final int capacity;
  private final long comma;

  /**
   * @param triggers the ids that replace each trigger, which is found in any case of letters; of
   *     two that differ in case only, the first counts
   */
  public PromptTokenizer(ClipTokenizer tokenizer, Map<String, long[]> triggers) {
    this.tokenizer = tokenizer;
    this.triggers = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
    triggers.forEach(this.triggers::putIfAbsent);
    capacity = tokenizer.maxLength() - 2;
    List<Integer> alone = tokenizer.ids(",");
    comma = alone.size() == 1 ? alone.get(0) : -1;
    String any =
        this.triggers.keySet().stream()
            .sorted((a, b) -> b.length() - a.length())
            .map(Pattern::quote)
            .reduce((a, b) -> a + "|" + b)
            .orElse("(?!)");
    trigger =
        Pattern.compile(
            "(?<![\\p{L}\\p{N}_])(?:" + any + ")(?![\\p{L}\\p{N}_])",
            Pattern.CASE_INSENSITIVE | Pattern.UNICODE_CASE);
  }

  /** The windows of a prompt, at least one. */
  public Reading read(String prompt, PromptSyntax syntax) {
    Layout layout = new Layout();
    List<List<WeightedText>> parts = syntax.parts(prompt);
    for (int i = 0; i < parts.size(); i++) {
      for (WeightedText text : parts.get(i)) {
        pieces(text.text()).forEach(ids -> layout.add(ids, (float) text.weight()));
      }
      if (i < parts.size() - 1) {
        layout.close();
      }
    }
    layout.finish();
    return syntax == PromptSyntax.PLAIN ? layout.first() : layout.all();
  }

  /** Ids of each stretch of text, and of each trigger as one inseparable piece. */
  private List<long[]> pieces(String text) {
    List<long[]> pieces = new ArrayList<>();
    Matcher m = trigger.matcher(text);
    int from = 0;
    while (m.find()) {
      words(pieces, text.substring(from, m.start()));
      long[] ids = triggers.get(m.group());
      if (ids == null) {
        words(pieces, m.group());
      } else {
        pieces.add(ids);
      }
      from = m.end();
    }
    words(pieces, text.substring(from));
    return pieces;
  }

  private void words(List<long[]> pieces, String text) {
    tokenizer.ids(text).forEach(id -> pieces.add(new long[] {id}));
  }

  /** Fills windows one after another. */
  private final class Layout {
    private record Token(long id, float weight) {}

    private final List<List<Token>> windows = new ArrayList<>();
    private List<Token> open = new ArrayList<>();
    private int lastComma = -1;

    /** Puts a piece, which stays in one window. */
    void add(long[] piece, float weight) {
      boolean isComma = piece.length == 1 && piece[0] == comma;
      if (isComma) {
        lastComma = open.size();
      } else if (open.size() == capacity && lastComma >= 0 && capacity - lastComma <= NEAR) {
        List<Token> moved = new ArrayList<>(open.subList(lastComma + 1, capacity));
        open = new ArrayList<>(open.subList(0, lastComma + 1));
        close();
        open.addAll(moved);
      }
      if (open.size() + piece.length > capacity && !open.isEmpty()) {
        close();
      }
      for (long id : piece) {
        open.add(new Token(id, weight));
      }
    }

    void close() {
      windows.add(open);
      open = new ArrayList<>();
      lastComma = -1;
    }

    void finish() {
      if (!open.isEmpty() || windows.isEmpty()) {
        close();
      }
    }

    Reading all() {
      return new Reading(windows.stream().map(this::window).toList(), 0, "");
    }

    /** One window, filled to the brim whatever its commas; the rest is cut. */
    Reading first() {
      List<Token> tokens = windows.stream().flatMap(List::stream).toList();
      int kept = Math.min(capacity, tokens.size());
      List<Token> rest = tokens.subList(kept, tokens.size());
      String cutText = tokenizer.text(rest.stream().map(t -> (int) t.id()).toList());
      return new Reading(List.of(window(tokens.subList(0, kept))), rest.size(), cutText);
    }

    private TokenWindow window(List<Token> tokens) {
      long[] ids = new long[capacity + 2];
      float[] weights = new float[capacity + 2];
      Arrays.fill(ids, tokenizer.padTokenId());
      Arrays.fill(weights, 1);
      ids[0] = tokenizer.bosTokenId();
      for (int i = 0; i < tokens.size(); i++) {
        ids[i + 1] = tokens.get(i).id();
        weights[i + 1] = tokens.get(i).weight();
      }
      ids[tokens.size() + 1] = tokenizer.eosTokenId();
      return new TokenWindow(ids, weights);
    }
  }
}
