package io.github.tcd4j.evaluation.experiment;

import io.github.tcd4j.evaluation.dataset.EvaluationException;
import io.github.tcd4j.evaluation.metric.WilsonInterval;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Pictures of several methods under numbers that do not tell the method, to be judged one by one
 * before it is looked up which is which.
 *
 * @param entries in the order of their numbers, which begin at 1
 */
public record BlindTrial(List<Entry> entries) {
  private static final String FORM_HEAD = "number,caption,things missing or wrong\n";
  private static final String KEY_HEAD = "number,method,picture,caption\n";

  /** Spreadsheets may have added quotes, or have written semicolons. */
  private static final Pattern JUDGED =
      Pattern.compile("\"?(\\d+)\"?[,;](?:.*[,;])?\\s*\"?(\\d*)\"?\\s*");

  private static final Pattern KNOWN = Pattern.compile("(\\d+),\"([^\"]*)\",(\\d+),\"(.*)\"");

  /**
   * One picture.
   *
   * @param method that generated it, without quotation marks
   * @param picture its index among those of the method, which is that of its caption
   */
  public record Entry(String method, int picture, String caption) {}

  public BlindTrial {
    entries = List.copyOf(entries);
  }

  /** A picture of each caption by each method, in an order that follows from the seed. */
  public static BlindTrial mix(List<String> methods, List<String> captions, long seed) {
    List<Entry> all = new ArrayList<>();
    for (String method : methods) {
      for (int i = 0; i < captions.size(); i++) {
        all.add(new Entry(method, i, captions.get(i)));
      }
    }
    Collections.shuffle(all, new Random(seed));
    return new BlindTrial(all);
  }

  /** What the judge fills in: a line a picture, CSV. */
  public String form() {
    StringBuilder text = new StringBuilder(FORM_HEAD);
    for (int i = 0; i < entries.size(); i++) {
      text.append(i + 1).append(',').append(quoted(entries.get(i).caption())).append(",\n");
    }
    return text.toString();
  }

  /** Which picture is whose, CSV. */
  public String key() {
    StringBuilder text = new StringBuilder(KEY_HEAD);
    for (int i = 0; i < entries.size(); i++) {
      Entry e = entries.get(i);
      text.append(i + 1).append(',').append(quoted(e.method())).append(',').append(e.picture());
      text.append(',').append(quoted(e.caption())).append('\n');
    }
    return text.toString();
  }

  private static String quoted(String text) {
    return '"' + text.replaceAll("\\s+", " ").replace("\"", "\"\"") + '"';
  }

  /** Reads a {@link #key}. */
  public static BlindTrial ofKey(String key) {
    List<Entry> entries = new ArrayList<>();
    for (String line : key.lines().skip(1).filter(l -> !l.isBlank()).toList()) {
      Matcher m = KNOWN.matcher(line);
      if (!m.matches() || Integer.parseInt(m.group(1)) != entries.size() + 1) {
        throw new EvaluationException("the key has a line that was changed: " + line);
      }
      entries.add(
          new Entry(m.group(2), Integer.parseInt(m.group(3)), m.group(4).replace("\"\"", "\"")));
    }
    return new BlindTrial(entries);
  }

  /**
   * The share of each method's pictures in which something is missing or wrong, with its interval
   * of 95 % (Wilson), and where two methods differ on a caption; Markdown.
   *
   * @param form as it was filled in: for each number how many things are missing or wrong
   */
  public String join(String form) {
    int[] wrong = judged(form);
    Map<String, int[]> counts = new LinkedHashMap<>();
    Map<String, Map<Integer, Boolean>> bad = new LinkedHashMap<>();
    for (int i = 0; i < wrong.length; i++) {
      Entry e = entries.get(i);
      int[] own = counts.computeIfAbsent(e.method(), m -> new int[2]);
      own[0]++;
      own[1] += wrong[i] > 0 ? 1 : 0;
      bad.computeIfAbsent(e.method(), m -> new LinkedHashMap<>()).put(e.picture(), wrong[i] > 0);
    }
    StringBuilder text = new StringBuilder("| method | pictures | with a fault | share, % |\n");
    text.append("| --- | ---: | ---: | ---: |\n");
    counts.keySet().stream()
        .sorted()
        .forEach(
            method -> {
              int[] own = counts.getOrDefault(method, new int[2]);
              text.append("| ").append(method).append(" | ").append(own[0]).append(" | ");
              text.append(own[1]).append(" | ");
              text.append(WilsonInterval.of(own[1], own[0]).times(100).format(1)).append(" |\n");
            });
    List<String> methods = counts.keySet().stream().sorted().toList();
    if (methods.size() == 2) {
      text.append('\n').append(apart(methods, bad));
    }
    return text.toString();
  }

  private static String apart(List<String> methods, Map<String, Map<Integer, Boolean>> bad) {
    Map<Integer, Boolean> first = bad.getOrDefault(methods.get(0), Map.of());
    Map<Integer, Boolean> second = bad.getOrDefault(methods.get(1), Map.of());
    int firstAlone = 0;
    int secondAlone = 0;
    for (Map.Entry<Integer, Boolean> e : first.entrySet()) {
      boolean other = second.getOrDefault(e.getKey(), e.getValue());
      firstAlone += e.getValue() && !other ? 1 : 0;
      secondAlone += !e.getValue() && other ? 1 : 0;
    }
    return "Of one caption only the picture of "
        + (methods.get(0) + " has a fault " + firstAlone + " times, only that of ")
        + (methods.get(1) + " " + secondAlone + " times.\n");
  }

  /** How many things are missing or wrong in each picture. */
  private int[] judged(String form) {
    int[] wrong = new int[entries.size()];
    Set<Integer> seen = new LinkedHashSet<>();
    for (String line : form.lines().skip(1).filter(l -> !l.isBlank()).toList()) {
      Matcher m = JUDGED.matcher(line);
      if (!m.matches()) {
        throw new EvaluationException(
            "each line of the form must be NUMBER,CAPTION,COUNT but one is: " + line);
      }
      int number = Integer.parseInt(m.group(1));
      if (number < 1 || number > wrong.length || !seen.add(number)) {
        throw new EvaluationException(
            "the form must have the numbers 1 to "
                + wrong.length
                + " once each but has "
                + number
                + (number < 1 || number > wrong.length ? "" : " twice"));
      }
      if (m.group(2).isEmpty()) {
        throw new EvaluationException(
            "picture "
                + number
                + " is not judged: write how many things are missing or wrong, 0"
                + " for none");
      }
      wrong[number - 1] = Integer.parseInt(m.group(2));
    }
    if (seen.size() < wrong.length) {
      throw new EvaluationException(
          "the form must have the numbers 1 to " + wrong.length + " but has only " + seen.size());
    }
    return wrong;
  }
}
