package io.github.tcd4j.training.task;

import io.github.tcd4j.diffusion.Tcf1;
import io.github.tcd4j.diffusion.objective.Distance;
import io.github.tcd4j.diffusion.objective.GuidedStep;
import io.github.tcd4j.diffusion.objective.Lcm;
import io.github.tcd4j.diffusion.objective.Objective;
import io.github.tcd4j.diffusion.objective.Tcd;
import io.github.tcd4j.training.recipe.RecipeException;
import org.jspecify.annotations.Nullable;

/**
 * What a distillation teaches, and how its LoRA is to be sampled.
 *
 * @param method {@code tcd} (algorithm 2 of the paper) or {@code lcm}
 * @param skip width of the teacher's step, k
 * @param guidanceMin lowest guidance scale of the teacher, at least 1
 * @param guidanceMax highest guidance scale of the teacher
 * @param loss {@code huber} or {@code l2}
 * @param huberC where the pseudo-Huber loss turns from squared to absolute
 * @param gamma to sample with; null where the method knows none
 * @param steps to sample with
 */
public record Distillation(
    String method,
    int skip,
    double guidanceMin,
    double guidanceMax,
    String loss,
    double huberC,
    @Nullable Double gamma,
    int steps) {
  public Distillation {
    if (!(guidanceMin >= 1 && guidanceMax >= guidanceMin)) {
      throw new RecipeException(
          "settings.objective needs 1 <= guidance_min <= guidance_max but they were "
              + guidanceMin
              + ", "
              + guidanceMax);
    }
    if (!method.equals("tcd") && !method.equals("lcm")) {
      throw new RecipeException(
          "settings.objective.method must be one of [tcd, lcm] but was " + method);
    }
  }

  Objective objective() {
    GuidedStep step =
        new GuidedStep(
            skip, guidanceMin - 1, guidanceMax - 1, new Tcf1(), Distance.named(loss, huberC));
    return method.equals("tcd") ? Tcd.tcf1(step) : Lcm.of(step);
  }
}
