package io.github.tcd4j.data;

import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The samples that could not be used: their keys by the reason. */
final class DroppedSamples {
  private final Map<String, List<String>> keys = new LinkedHashMap<>();

  void add(String reason, String key) {
    keys.computeIfAbsent(reason, r -> new ArrayList<>()).add(key);
  }

  int size() {
    return keys.values().stream().mapToInt(List::size).sum();
  }

  Map<String, List<String>> byReason() {
    Map<String, List<String>> copy = new LinkedHashMap<>();
    keys.forEach((reason, list) -> copy.put(reason, List.copyOf(list)));
    return Collections.unmodifiableMap(copy);
  }

  /** As {@code dropped 3 (2 without a caption, first KEY; 1 with a damaged picture, first KEY)}. */
  @Override
  public String toString() {
    if (keys.isEmpty()) {
      return "dropped none";
    }
    List<String> clauses = new ArrayList<>();
    keys.forEach(
        (reason, list) -> clauses.add(list.size() + " " + reason + ", first " + list.get(0)));
    return "dropped " + size() + " (" + String.join("; ", clauses) + ")";
  }
}
