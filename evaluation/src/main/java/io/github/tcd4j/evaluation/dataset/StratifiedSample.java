package io.github.tcd4j.evaluation.dataset;

import io.github.tcd4j.files.InvalidRequestException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.function.Function;

/** Chooses from strata in proportion to their size. */
public final class StratifiedSample {
  private StratifiedSample() {}

  /**
   * {@code n} of the items in random order, all where there are fewer. Each stratum gives its share
   * of n, rounded down; what is left goes to those with the largest remainders.
   */
  public static <T> List<T> choose(List<T> items, Function<T, String> stratum, int n, long seed) {
    if (n < 1) {
      throw new InvalidRequestException("n must be at least 1 but was " + n);
    }
    SplittableRandom random = new SplittableRandom(seed);
    Map<String, List<T>> strata = new LinkedHashMap<>();
    items.forEach(i -> strata.computeIfAbsent(stratum.apply(i), s -> new ArrayList<>()).add(i));
    long wanted = Math.min(n, items.size());
    Map<String, Integer> shares = new LinkedHashMap<>();
    strata.forEach((name, all) -> shares.put(name, (int) (wanted * all.size() / items.size())));
    List<String> byRemainder = new ArrayList<>(strata.keySet());
    byRemainder.sort(
        Comparator.comparingLong(
            (String s) -> -(wanted * strata.getOrDefault(s, List.of()).size() % items.size())));
    long left = wanted - shares.values().stream().mapToInt(i -> i).sum();
    byRemainder.stream().limit(left).forEach(s -> shares.merge(s, 1, Integer::sum));
    List<T> chosen = new ArrayList<>();
    strata.forEach(
        (name, all) -> {
          shuffle(all, random);
          chosen.addAll(all.subList(0, shares.getOrDefault(name, 0)));
        });
    shuffle(chosen, random);
    return chosen;
  }

  /** Fisher and Yates; {@code Collections.shuffle} does not take this generator before Java 21. */
  private static <T> void shuffle(List<T> items, SplittableRandom random) {
    for (int i = items.size() - 1; i > 0; i--) {
      int j = random.nextInt(i + 1);
      T t = items.get(i);
      items.set(i, items.get(j));
      items.set(j, t);
    }
  }
}
