package io.github.tcd4j.models.lora;

import io.github.tcd4j.models.lora.delta.LoraException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.ToDoubleFunction;

/**
 * Which of a LoRA's modules found their layer.
 *
 * @param matched the file's modules that act, in order
 * @param unmatched the rest, each with the reason
 */
public record LoraMatchReport(List<Match> matched, List<Unmatched> unmatched) {
  /** Ending of the key of an alpha, which stands in a file alone where nothing was trained. */
  static final String ALPHA = ".alpha";

  static final String NO_PART = "no part of a LoRA";
  private static final String FOR = "for ";

  /** Names of each reason that one line has room for. */
  private static final int FIRST = 5;

  /**
   * A name that finds no layer.
   *
   * @param name the file's key, of a module without its ending
   * @param reason such as {@code no such layer}
   * @param detail what is to be said of this one beside the reason; may be empty
   */
  public record Unmatched(String name, String reason, String detail) {
    Unmatched(String name, String reason) {
      this(name, reason, "");
    }

    /** Of a module for a network, or a layer of it, that the model does not have or read. */
    static Unmatched absent(String name, String network) {
      return new Unmatched(name, FOR + network);
    }

    /** Of a key that is no part of a change; an alpha alone changes nothing. */
    static Unmatched stray(String name) {
      return name.endsWith(ALPHA)
          ? new Unmatched(name, FOR + "nothing")
          : new Unmatched(name, NO_PART);
    }

    /** Whether the rest of the file means the same without it. */
    boolean harmless() {
      return reason.startsWith(FOR);
    }

    private String named() {
      return detail.isEmpty() ? name : name + ": " + detail;
    }

    @Override
    public String toString() {
      return name + " (" + (detail.isEmpty() ? reason : detail) + ")";
    }
  }

  /**
   * A module that acts.
   *
   * @param name the file's key without its ending
   * @param kind such as {@code LoRA} or {@code LoKr with DoRA}
   * @param rank r; 0 where whole matrices stand, which have none
   * @param alpha of the file, or what stands for it where the file does not say: scale x r
   */
  public record Match(String name, String kind, long rank, double alpha) {
    static Match of(LoraModule m) {
      long r = m.factors().rank();
      String kind = m.factors().kind() + (m.magnitude() == null ? "" : " with DoRA");
      return new Match(m.name(), kind, r, m.scale() * r);
    }
  }

  public LoraMatchReport {
    matched = List.copyOf(matched);
    unmatched = List.copyOf(unmatched);
  }

  LoraMatchReport and(LoraMatchReport other) {
    List<Match> m = new ArrayList<>(matched);
    m.addAll(other.matched);
    List<Unmatched> u = new ArrayList<>(unmatched);
    u.addAll(other.unmatched);
    return new LoraMatchReport(m, u);
  }

  /**
   * Fails where the policy does not allow what is unmatched.
   *
   * @param name of the LoRA, for the message
   * @throws LoraException that names what is left over
   */
  public void require(MatchPolicy policy, String name) {
    if (policy == MatchPolicy.STRICT) {
      requireAll(name);
    }
    List<Unmatched> lost = unmatched.stream().filter(u -> !u.harmless()).toList();
    if (policy == MatchPolicy.WHOLE && !lost.isEmpty()) {
      throw new LoraException(
          ("LoRA "
                  + name
                  + " fits this model only in part, so that it would make another picture: ")
              + (matched.size() + " layers matched, " + lost.size() + " not: " + reasons(lost))
              + "; partial reading applies the rest all the same");
    }
  }

  /**
   * Fails where a key of the file found no layer.
   *
   * @param name of the LoRA, for the message
   * @throws LoraException that names them all
   */
  public void requireAll(String name) {
    if (!unmatched.isEmpty()) {
      throw new LoraException(
          ("LoRA " + name + ": " + unmatched.size())
              + " of its keys find no layer, which strict reading forbids: "
              + String.join("; ", unmatched.stream().map(Unmatched::toString).toList()));
    }
  }

  /**
   * One line for the user: counts, kinds, ranks and alphas, and of each reason how many names are
   * unmatched and the first five of them.
   */
  @Override
  public String toString() {
    String counts =
        matched.size() + " layers matched" + kinds() + ", " + unmatched.size() + " unmatched";
    if (unmatched.isEmpty()) {
      return counts;
    }
    return counts + ": " + reasons(unmatched);
  }

  private static String reasons(List<Unmatched> unmatched) {
    Map<String, List<Unmatched>> reasons = new LinkedHashMap<>();
    unmatched.forEach(u -> reasons.computeIfAbsent(u.reason(), r -> new ArrayList<>()).add(u));
    return String.join("; ", reasons.values().stream().map(LoraMatchReport::few).toList());
  }

  /** As {@code 7 no such layer (a, b, c, d, e and 2 more)}. */
  private static String few(List<Unmatched> alike) {
    String first = String.join(", ", alike.stream().limit(FIRST).map(Unmatched::named).toList());
    String more = alike.size() > FIRST ? " and " + (alike.size() - FIRST) + " more" : "";
    return alike.size() + " " + alike.get(0).reason() + " (" + first + more + ")";
  }

  private String kinds() {
    if (matched.isEmpty()) {
      return "";
    }
    List<String> kinds = matched.stream().map(Match::kind).distinct().toList();
    return " ("
        + String.join(", ", kinds)
        + "; rank "
        + range(Match::rank)
        + ", alpha "
        + range(Match::alpha)
        + ")";
  }

  private String range(ToDoubleFunction<Match> of) {
    double low = matched.stream().mapToDouble(of).min().orElse(0);
    double high = matched.stream().mapToDouble(of).max().orElse(0);
    return low == high ? number(low) : number(low) + " to " + number(high);
  }

  private static String number(double value) {
    return value == Math.rint(value) && Math.abs(value) < 1e15
        ? Long.toString((long) value)
        : Float.toString((float) value);
  }
}
