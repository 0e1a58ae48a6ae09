package io.github.tcd4j.models.lora;

import java.util.ArrayList;
import java.util.List;
import java.util.function.ToDoubleFunction;

/**
 * Which of a LoRA's modules found their layer.
 *
 * @param matched the file's modules that act, in order
 * @param unmatched the rest, each with the reason
 */
public record MatchReport(List<Match> matched, List<String> unmatched) {
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

  public MatchReport {
    matched = List.copyOf(matched);
    unmatched = List.copyOf(unmatched);
  }

  MatchReport and(MatchReport other) {
    List<Match> m = new ArrayList<>(matched);
    m.addAll(other.matched);
    List<String> u = new ArrayList<>(unmatched);
    u.addAll(other.unmatched);
    return new MatchReport(m, u);
  }

  /** One line for the user: counts, kinds, ranks and alphas, and the first unmatched names. */
  @Override
  public String toString() {
    String counts =
        matched.size() + " layers matched" + kinds() + ", " + unmatched.size() + " unmatched";
    if (unmatched.isEmpty()) {
      return counts;
    }
    String first = String.join("; ", unmatched.subList(0, Math.min(5, unmatched.size())));
    return counts + ": " + first + (unmatched.size() > 5 ? "; ..." : "");
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
