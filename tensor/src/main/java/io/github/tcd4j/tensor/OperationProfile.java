package io.github.tcd4j.tensor;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * How long each kind of operation took, printed when the program ends: where {@code
 * -Dtcd4j.profile=true} asks for it.
 */
final class OperationProfile {
  /** A constant, so that nothing of this is left in code that is not profiled. */
  static final boolean ON = Boolean.getBoolean("tcd4j.profile");

  /** Calls of an operation, and nanoseconds in all. */
  record Sum(long calls, long nanos) {
    Sum plus(Sum other) {
      return new Sum(calls + other.calls, nanos + other.nanos);
    }
  }

  private static final Map<String, Sum> SUMS = new ConcurrentHashMap<>();

  static {
    if (ON) {
      Runtime.getRuntime().addShutdownHook(new Thread(() -> System.err.print(table(SUMS))));
    }
  }

  private OperationProfile() {}

  static void add(String operation, long nanos) {
    SUMS.merge(kind(operation), new Sum(1, nanos), Sum::plus);
  }

  /** Without the shapes that some operations name. */
  static String kind(String operation) {
    return operation.split("[ (]", 2)[0];
  }

  /** The longest first. */
  static String table(Map<String, Sum> sums) {
    long all = sums.values().stream().mapToLong(Sum::nanos).sum();
    List<Map.Entry<String, Sum>> rows = new ArrayList<>(sums.entrySet());
    rows.sort((a, b) -> Long.compare(b.getValue().nanos(), a.getValue().nanos()));
    StringBuilder text = new StringBuilder("operation               calls    seconds  share\n");
    for (Map.Entry<String, Sum> row : rows) {
      Sum s = row.getValue();
      text.append(
          String.format(
              Locale.ROOT,
              "%-20s %8d %10.3f %5.1f%%%n",
              row.getKey(),
              s.calls(),
              s.nanos() / 1e9,
              100.0 * s.nanos() / Math.max(1, all)));
    }
    return text.toString();
  }
}
