package io.github.tcd4j.data;

import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The samples that could not be used: their keys by the reason. */
final class DroppedSamples {
  private final Map<String, List<String>> keys = new LinkedHashMap<>();

  /** What is known of the first sample of a reason. */
  private final Map<String, String> details = new LinkedHashMap<>();

  void add(String reason, String key) {
    keys.computeIfAbsent(reason, r -> new ArrayList<>()).add(key);
  }

  void add(UnusableSample cause, String key) {
    String detail = cause.detail();
    if (detail != null && !keys.containsKey(cause.reason())) {
      details.put(cause.reason(), detail);
    }
    add(cause.reason(), key);
  }

  int size() {
    return keys.values().stream().mapToInt(List::size).sum();
  }

  Map<String, List<String>> byReason() {
    Map<String, List<String>> copy = new LinkedHashMap<>();
    keys.forEach((reason, list) -> copy.put(reason, List.copyOf(list)));
    return Collections.unmodifiableMap(copy);
  }

  /** As {@code dropped 3 (2 without a caption, first KEY: found png; looked for txt; 1 ...)}. */
  @Override
  public String toString() {
    if (keys.isEmpty()) {
      return "dropped none";
    }
    List<String> clauses = new ArrayList<>();
    keys.forEach((reason, list) -> clauses.add(clause(reason, list)));
    return "dropped " + size() + " (" + String.join("; ", clauses) + ")";
  }

  private String clause(String reason, List<String> list) {
    String detail = details.get(reason);
    return list.size()
        + " "
        + reason
        + ", first "
        + list.get(0)
        + (detail == null ? "" : ": " + detail);
  }
}
