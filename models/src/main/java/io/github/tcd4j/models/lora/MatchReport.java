package io.github.tcd4j.models.lora;

import java.util.ArrayList;
import java.util.List;

/**
 * Which of a LoRA's modules found their layer.
 *
 * @param matched the file's module names that act, in order
 * @param unmatched the rest, each with the reason
 */
public record MatchReport(List<String> matched, List<String> unmatched) {
  public MatchReport {
    matched = List.copyOf(matched);
    unmatched = List.copyOf(unmatched);
  }

  MatchReport and(MatchReport other) {
    List<String> m = new ArrayList<>(matched);
    m.addAll(other.matched);
    List<String> u = new ArrayList<>(unmatched);
    u.addAll(other.unmatched);
    return new MatchReport(m, u);
  }

  /** One line for the user: counts, and the first unmatched names. */
  @Override
  public String toString() {
    String counts = matched.size() + " layers matched, " + unmatched.size() + " unmatched";
    if (unmatched.isEmpty()) {
      return counts;
    }
    String first = String.join("; ", unmatched.subList(0, Math.min(5, unmatched.size())));
    return counts + ": " + first + (unmatched.size() > 5 ? "; ..." : "");
  }
}
