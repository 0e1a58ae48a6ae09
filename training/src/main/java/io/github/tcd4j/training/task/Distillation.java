package io.github.tcd4j.training.task;

import io.github.tcd4j.diffusion.HeunStep;
import io.github.tcd4j.diffusion.Tcf1;
import io.github.tcd4j.diffusion.Tcf2;
import io.github.tcd4j.diffusion.TrajectoryFunction;
import io.github.tcd4j.diffusion.objective.Destinations;
import io.github.tcd4j.diffusion.objective.Distance;
import io.github.tcd4j.diffusion.objective.GuidedStep;
import io.github.tcd4j.diffusion.objective.Lcm;
import io.github.tcd4j.diffusion.objective.Objective;
import io.github.tcd4j.diffusion.objective.Pcm;
import io.github.tcd4j.diffusion.objective.Tcd;
import io.github.tcd4j.diffusion.objective.Tdd;
import io.github.tcd4j.diffusion.objective.Tscd;
import io.github.tcd4j.training.recipe.RecipeException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a distillation teaches, and how its LoRA is to be sampled.
 *
 * @param method {@code tcd} (algorithm 2 of the paper), {@code lcm}, {@code pcm}, {@code tdd} or
 *     {@code tscd}
 * @param trajectory function that is trained, {@code tcf1} or {@code tcf2}, where the method leaves
 *     the choice. Absent is tcf1
 * @param solver of the teacher's step, {@code ddim}, {@code dpm-solver-2}, {@code dpm++2s} or
 *     {@code heun}. Absent is ddim
 * @param destinations how {@code tcd} draws s: {@code skipped} grid or {@code every} time. Absent
 *     is skipped
 * @param parts phases of {@code pcm}, segments of {@code tscd}; absent for the others
 * @param skip width of the teacher's step, k
 * @param guidanceMin lowest guidance scale of the teacher, at least 1
 * @param guidanceMax highest guidance scale of the teacher
 * @param loss name of the distance, see {@link Distance#named}
 * @param huberC where the pseudo-Huber loss turns from squared to absolute
 * @param gamma to sample with; null where the method knows none
 * @param steps to sample with
 */
public record Distillation(
    String method,
    @Nullable String trajectory,
    @Nullable String solver,
    @Nullable String destinations,
    @Nullable Integer parts,
    int skip,
    double guidanceMin,
    double guidanceMax,
    String loss,
    double huberC,
    @Nullable Double gamma,
    int steps) {
  private static final List<String> METHODS = List.of("tcd", "lcm", "pcm", "tdd", "tscd");
  private static final List<String> WITHOUT_CHOICE = List.of("lcm", "tdd");
  private static final List<String> SOLVERS = List.of("ddim", "dpm-solver-2", "dpm++2s", "heun");
  private static final List<String> IN_PARTS = List.of("pcm", "tscd");

  public Distillation {
    if (!(guidanceMin >= 1 && guidanceMax >= guidanceMin)) {
      throw new RecipeException(
          "settings.objective needs 1 <= guidance_min <= guidance_max but they were "
              + guidanceMin
              + ", "
              + guidanceMax);
    }
    if (!METHODS.contains(method)) {
      throw unknown("method", METHODS, method);
    }
    if (IN_PARTS.contains(method) != (parts != null)) {
      throw new RecipeException(
          "settings.objective.parts is for the methods "
              + IN_PARTS
              + ", which need it, and for no other; the method is "
              + method);
    }
    if (WITHOUT_CHOICE.contains(method) && trajectory != null) {
      throw new RecipeException(
          "settings.objective.trajectory has no effect on " + method + "; leave it out");
    }
    if (!method.equals("tcd") && destinations != null) {
      throw new RecipeException(
          "settings.objective.destinations is for tcd alone; " + method + " has its own");
    }
  }

  Objective objective() {
    GuidedStep step =
        new GuidedStep(
            skip, guidanceMin - 1, guidanceMax - 1, teacherStep(), Distance.named(loss, huberC));
    int n = parts == null ? 1 : parts;
    return switch (method) {
      case "lcm" -> Lcm.of(step);
      case "pcm" -> new Pcm(step, function(), n);
      case "tdd" -> new Tdd(step);
      case "tscd" -> new Tscd(step, function(), n);
      default -> new Tcd(step, function(), draw());
    };
  }

  /** Name of the sampler that walks as this was trained. */
  String sampler() {
    return method.equals("lcm") ? "lcm" : function() instanceof Tcf2 ? "tcd-2s" : "tcd";
  }

  private TrajectoryFunction function() {
    String name = trajectory == null ? "tcf1" : trajectory;
    return switch (name) {
      case "tcf1" -> new Tcf1();
      case "tcf2" -> new Tcf2();
      default -> throw unknown("trajectory", List.of("tcf1", "tcf2"), name);
    };
  }

  private TrajectoryFunction teacherStep() {
    String name = solver == null ? "ddim" : solver;
    return switch (name) {
      case "ddim" -> new Tcf1();
      case "dpm-solver-2" -> new Tcf2(Tcf2.Form.NOISE, true);
      case "dpm++2s" -> new Tcf2();
      case "heun" -> new HeunStep();
      default -> throw unknown("solver", SOLVERS, name);
    };
  }

  private Destinations draw() {
    String name = destinations == null ? "skipped" : destinations;
    return switch (name) {
      case "skipped" -> new Destinations.Skipped();
      case "every" -> new Destinations.EveryTime();
      default -> throw unknown("destinations", List.of("skipped", "every"), name);
    };
  }

  private static RecipeException unknown(String entry, List<String> known, String name) {
    return new RecipeException(
        "settings.objective." + entry + " must be one of " + known + " but was " + name);
  }
}
