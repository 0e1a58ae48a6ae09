package io.github.tcd4j.server.a1111;

import io.github.tcd4j.diffusion.sampler.registry.SamplerDescriptor;
import io.github.tcd4j.diffusion.sampler.registry.Samplers;
import io.github.tcd4j.server.http.HttpProblem;
import java.util.Optional;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** Samplers as people write them, with the rule of the sigmas in a field of its own. */
final class SamplerNames {
  private SamplerNames() {}

  /**
   * The registry's name.
   *
   * @param sampler a title, with or without {@code Karras}, or a name of the registry; null or
   *     empty where the model is to choose
   * @param scheduler Automatic or Karras
   */
  static @Nullable String registered(@Nullable String sampler, @Nullable String scheduler) {
    boolean karras = karras(scheduler);
    if (sampler == null || sampler.isEmpty()) {
      if (karras) {
        throw HttpProblem.invalid("scheduler", "scheduler needs a sampler_name to belong to");
      }
      return null;
    }
    if (karras) {
      Optional<String> found =
          find(s -> s.karras() && (same(s.title(), sampler) || same(s.label(), sampler)));
      return found.orElseThrow(
          () ->
              HttpProblem.invalid(
                  "scheduler", "the sampler " + short60(sampler) + " has no Karras sigmas"));
    }
    return find(s -> same(s.label(), sampler) || same(s.name(), sampler))
        .orElseThrow(
            () ->
                HttpProblem.invalid(
                    "sampler_name",
                    "sampler_name must be one of "
                        + Samplers.all().stream().map(SamplerDescriptor::label).toList()
                        + " but was "
                        + short60(sampler)));
  }

  private static boolean karras(@Nullable String scheduler) {
    if (scheduler == null || scheduler.isEmpty() || same(scheduler, "automatic")) {
      return false;
    }
    if (same(scheduler, "karras")) {
      return true;
    }
    throw HttpProblem.invalid(
        "scheduler", "scheduler must be automatic or karras but was " + short60(scheduler));
  }

  private static Optional<String> find(Predicate<SamplerDescriptor> test) {
    return Samplers.all().stream().filter(test).findFirst().map(SamplerDescriptor::name);
  }

  private static boolean same(String a, String b) {
    return a.equalsIgnoreCase(b);
  }

  private static String short60(String text) {
    return text.length() <= 60 ? text : text.substring(0, 60) + "...";
  }
}
