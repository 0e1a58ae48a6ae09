package io.github.tcd4j.pipeline.prompt;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Weights by brackets: each round pair multiplies by 1.1, or by the number after a colon before it
 * closes, each square pair divides by 1.1. A pair that is never closed reaches to the end; a
 * closing bracket without an opening one is text.
 */
final class AttentionParser {
  private static final double STEP = 1.1;

  /** The number that ends a round pair, from its colon on. */
  private static final Pattern NUMBER =
      Pattern.compile(":\\s*([+-]?\\d*\\.?\\d+|[+-]?\\d+\\.)\\s*\\)");

  private static final Pattern BREAK = Pattern.compile("\\s*\\bBREAK\\b\\s*");
  private static final String ESCAPED = "()[]\\";

  /** A run of text, or the place of a BREAK where {@code text} is null. */
  private static final class Run {
    final StringBuilder text = new StringBuilder();
    double weight = 1;
  }

  private final String prompt;
  private final List<Run> runs = new ArrayList<>();
  private final Deque<Integer> round = new ArrayDeque<>();
  private final Deque<Integer> square = new ArrayDeque<>();

  private AttentionParser(String prompt) {
    this.prompt = prompt;
  }

  /** The weighted texts of each part between BREAKs; neighbours of one weight are one text. */
  static List<List<WeightedText>> parse(String prompt) {
    List<List<WeightedText>> parts = new ArrayList<>();
    for (List<Run> part : new AttentionParser(prompt).read()) {
      List<WeightedText> texts = new ArrayList<>();
      for (Run run : part) {
        int last = texts.size() - 1;
        if (last >= 0 && texts.get(last).weight() == run.weight) {
          texts.set(last, new WeightedText(texts.get(last).text() + run.text, run.weight));
        } else {
          texts.add(new WeightedText(run.text.toString(), run.weight));
        }
      }
      parts.add(texts);
    }
    return parts;
  }

  private List<List<Run>> read() {
    Matcher number = NUMBER.matcher(prompt);
    int i = 0;
    while (i < prompt.length()) {
      char c = prompt.charAt(i);
      if (c == '\\') {
        boolean escapes = i + 1 < prompt.length() && ESCAPED.indexOf(prompt.charAt(i + 1)) >= 0;
        if (escapes) {
          text(prompt.substring(i + 1, i + 2));
        }
        i += escapes ? 2 : 1; // a backslash before anything else vanishes, as there
      } else if (c == '(' || c == '[') {
        (c == '(' ? round : square).push(runs.size());
        i++;
      } else if (c == ':' && !round.isEmpty() && number.region(i, prompt.length()).lookingAt()) {
        multiply(round.pop(), Double.parseDouble(number.group(1)));
        i = number.end();
      } else if (c == ')' && !round.isEmpty()) {
        multiply(round.pop(), STEP);
        i++;
      } else if (c == ']' && !square.isEmpty()) {
        multiply(square.pop(), 1 / STEP);
        i++;
      } else {
        int end = i + 1;
        while (end < prompt.length() && "\\()[]:".indexOf(prompt.charAt(end)) < 0) {
          end++;
        }
        text(prompt.substring(i, end));
        i = end;
      }
    }
    round.forEach(from -> multiply(from, STEP));
    square.forEach(from -> multiply(from, 1 / STEP));
    return split();
  }

  private void text(String text) {
    Run run = new Run();
    run.text.append(text);
    runs.add(run);
  }

  private void multiply(int from, double factor) {
    runs.subList(from, runs.size()).forEach(run -> run.weight *= factor);
  }

  /** Cuts runs at BREAK, which keeps its meaning inside brackets. */
  private List<List<Run>> split() {
    List<List<Run>> parts = new ArrayList<>();
    List<Run> part = new ArrayList<>();
    parts.add(part);
    for (Run run : runs) {
      String[] texts = BREAK.split(run.text, -1);
      for (int i = 0; i < texts.length; i++) {
        if (i > 0) {
          part = new ArrayList<>();
          parts.add(part);
        }
        Run piece = new Run();
        piece.text.append(texts[i]);
        piece.weight = run.weight;
        part.add(piece);
      }
    }
    return parts;
  }
}
