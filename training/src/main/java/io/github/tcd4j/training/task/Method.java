package io.github.tcd4j.training.task;

import io.github.tcd4j.training.recipe.RecipeException;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** The distillations that a recipe can name, with the entries that each needs and may have. */
enum Method {
  /** Algorithm 2 of the paper; algorithm 1 without guidance and without conditions. */
  TCD("tcd", Set.of("skip"), Set.of("trajectory", "solver", "destinations", "target_decay")),
  LCM("lcm", Set.of("skip"), Set.of("solver", "target_decay")),
  PCM("tcd", Set.of("skip", "parts"), Set.of("trajectory", "solver", "target_decay")),
  TDD("tcd", Set.of("skip"), Set.of("solver", "target_decay")),
  TSCD("tcd", Set.of("skip", "parts"), Set.of("trajectory", "solver", "target_decay")),
  CD("consistency", Set.of("scales", "sigma_data"), Set.of("solver", "target_decay")),
  CT("consistency", Set.of("curriculum", "sigma_data"), Set.of()),
  CTM(
      "ctm",
      Set.of("scales", "sigma_data", "teacher_steps", "target_decay"),
      Set.of("solver", "adversary"));

  /** The sampler that walks as it trained. */
  final String sampler;

  private final Set<String> needs;
  private final Set<String> takes;

  Method(String sampler, Set<String> needs, Set<String> takes) {
    this.sampler = sampler;
    this.needs = needs;
    this.takes = takes;
  }

  static Method named(String name) {
    List<String> known = Arrays.stream(values()).map(Method::key).toList();
    if (!known.contains(name)) {
      throw new RecipeException(
          "settings.objective.method must be one of " + known + " but was " + name);
    }
    return values()[known.indexOf(name)];
  }

  String key() {
    return name().toLowerCase(Locale.ROOT);
  }

  /**
   * Whether it walks in tau, where the teacher is not guided by anything but the recipe's words.
   */
  boolean unguided() {
    return this == CD || this == CT;
  }

  /** Refuses entries that are missing, and entries that would do nothing. */
  void check(Map<String, ? extends @Nullable Object> entries) {
    new TreeMap<>(entries)
        .forEach(
            (name, value) -> {
              if (value == null && needs.contains(name)) {
                throw new RecipeException(
                    "settings.objective." + name + " is missing; " + key() + " needs it");
              }
              if (value != null && !needs.contains(name) && !takes.contains(name)) {
                throw new RecipeException(
                    ("settings.objective." + name + " has no effect on " + key())
                        + "; leave it out");
              }
            });
  }
}
