package io.github.tcd4j.training.distill;

import static io.github.tcd4j.training.distill.DistillationConfig.needed;

import io.github.tcd4j.diffusion.objective.AdversarialTcd;
import io.github.tcd4j.diffusion.objective.Cd;
import io.github.tcd4j.diffusion.objective.Ct;
import io.github.tcd4j.diffusion.objective.Ctm;
import io.github.tcd4j.diffusion.objective.Lcm;
import io.github.tcd4j.diffusion.objective.Objective;
import io.github.tcd4j.diffusion.objective.Pcm;
import io.github.tcd4j.diffusion.objective.Tcd;
import io.github.tcd4j.diffusion.objective.Tdd;
import io.github.tcd4j.diffusion.objective.Tscd;
import io.github.tcd4j.diffusion.schedule.NoiseSchedule;
import io.github.tcd4j.training.recipe.RecipeException;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** The distillations that a recipe can name, with the entries that each needs and may have. */
enum DistillationMethod {
  /** Algorithm 2 of the paper; algorithm 1 without guidance and without conditions. */
  TCD(
      "tcd",
      Set.of("skip"),
      Set.of("trajectory", "solver", "destinations", "target_decay", "adversary"),
      (d, schedule) -> {
        Tcd tcd = new Tcd(d.step(), d.function(), d.draw());
        return d.adversary() == null ? tcd : new AdversarialTcd(tcd, d.adversary().from());
      }),
  LCM(
      "lcm",
      Set.of("skip"),
      Set.of("solver", "target_decay", "boundary"),
      (d, schedule) -> new Lcm(d.step(), d.scaling())),
  PCM(
      "tcd",
      Set.of("skip", "phases"),
      Set.of("trajectory", "solver", "target_decay"),
      (d, schedule) -> new Pcm(d.step(), d.function(), needed(d.phases()))),
  TDD("tcd", Set.of("skip"), Set.of("solver", "target_decay"), (d, schedule) -> new Tdd(d.step())),
  TSCD(
      "tcd",
      Set.of("skip", "phases"),
      Set.of("trajectory", "solver", "target_decay"),
      (d, schedule) -> new Tscd(d.step(), d.function(), needed(d.phases()))),
  CD(
      "consistency",
      Set.of("scales", "sigma_data"),
      Set.of("solver", "target_decay"),
      (d, schedule) ->
          new Cd(
              DistillationConfig.grid(schedule, needed(d.scales())),
              needed(d.sigmaData()),
              d.solving(),
              d.distance())),
  CT(
      "consistency",
      Set.of("curriculum", "sigma_data"),
      Set.of(),
      (d, schedule) ->
          new Ct(
              DistillationConfig.grid(schedule, 2),
              needed(d.sigmaData()),
              needed(d.curriculum()),
              d.distance())),
  CTM(
      "ctm",
      Set.of("scales", "sigma_data", "teacher_steps", "target_decay"),
      Set.of("solver", "adversary"),
      (d, schedule) ->
          new Ctm(
              DistillationConfig.grid(schedule, needed(d.scales())),
              needed(d.teacherSteps()),
              needed(d.sigmaData()),
              d.range(),
              d.solving(),
              d.distance(),
              d.adversary() == null ? Ctm.NEVER : d.adversary().from()));

  /** The sampler that takes the steps it was trained for. */
  final String sampler;

  /** Whether it is trained for the clean end alone. */
  final boolean clean;

  private final Set<String> needs;
  private final Set<String> takes;
  private final Maker maker;

  /** Makes the objective of a recipe whose entries have been checked. */
  @FunctionalInterface
  private interface Maker {
    Objective of(DistillationConfig d, NoiseSchedule schedule);
  }

  DistillationMethod(String sampler, Set<String> needs, Set<String> takes, Maker maker) {
    this.sampler = sampler;
    clean = sampler.equals("lcm") || sampler.equals("consistency");
    this.needs = needs;
    this.takes = takes;
    this.maker = maker;
  }

  static DistillationMethod named(String name) {
    List<String> known = Arrays.stream(values()).map(DistillationMethod::key).toList();
    if (!known.contains(name)) {
      throw new RecipeException(
          "settings.objective.method must be one of " + known + " but was " + name);
    }
    return values()[known.indexOf(name)];
  }

  Objective objective(DistillationConfig d, NoiseSchedule schedule) {
    return maker.of(d, schedule);
  }

  String key() {
    return name().toLowerCase(Locale.ROOT);
  }

  /**
   * Whether it trains in tau, where the teacher is not guided by anything but the recipe's words.
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
