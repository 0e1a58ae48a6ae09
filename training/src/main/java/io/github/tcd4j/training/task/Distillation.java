package io.github.tcd4j.training.task;

import io.github.tcd4j.diffusion.HeunStep;
import io.github.tcd4j.diffusion.KarrasGrid;
import io.github.tcd4j.diffusion.NoiseSchedule;
import io.github.tcd4j.diffusion.Tcf1;
import io.github.tcd4j.diffusion.Tcf2;
import io.github.tcd4j.diffusion.TcfSPlus;
import io.github.tcd4j.diffusion.TrajectoryFunction;
import io.github.tcd4j.diffusion.objective.AdaptiveCurriculum;
import io.github.tcd4j.diffusion.objective.Cd;
import io.github.tcd4j.diffusion.objective.ConditionDropout;
import io.github.tcd4j.diffusion.objective.Ct;
import io.github.tcd4j.diffusion.objective.Ctm;
import io.github.tcd4j.diffusion.objective.Destinations;
import io.github.tcd4j.diffusion.objective.Distance;
import io.github.tcd4j.diffusion.objective.GuidanceRange;
import io.github.tcd4j.diffusion.objective.GuidedStep;
import io.github.tcd4j.diffusion.objective.InferenceGrids;
import io.github.tcd4j.diffusion.objective.Lcm;
import io.github.tcd4j.diffusion.objective.Objective;
import io.github.tcd4j.diffusion.objective.Pcm;
import io.github.tcd4j.diffusion.objective.Tcd;
import io.github.tcd4j.diffusion.objective.Tdd;
import io.github.tcd4j.diffusion.objective.Tscd;
import io.github.tcd4j.training.recipe.RecipeException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What a distillation teaches, and how its product is to be sampled. {@link Method} says which
 * entries belong to which method.
 *
 * @param method name of a {@link Method}
 * @param trajectory function that is trained: {@code tcf1}, {@code tcf2} or {@code tcf-s+}, whose
 *     network sees s. Absent is tcf1; ctm has tcf-s+
 * @param solver of the teacher's step: {@code ddim}, {@code dpm-solver-2}, {@code dpm++2s} or
 *     {@code heun}. Absent is ddim
 * @param destinations how {@code tcd} draws s: {@code skipped} grid, {@code every} time, or those
 *     of the {@code inference} grids of 1 to 8 steps. Absent is skipped
 * @param parts phases of {@code pcm}, segments of {@code tscd}
 * @param skip width of the teacher's step, k
 * @param scales number of times in tau
 * @param sigmaData standard deviation of the latents
 * @param curriculum by which consistency training refines its grid
 * @param teacherSteps most steps of the teacher at once
 * @param adversary the discriminator; absent is none
 * @param targetDecay share of itself that the target's moving average keeps in a step. Absent: the
 *     target is the student itself without gradient
 * @param conditionDropout share of the rows that are trained without their caption, in [0, 1].
 *     Absent is 0
 * @param guidanceMin lowest guidance scale of the teacher, at least 1
 * @param guidanceMax highest guidance scale of the teacher; where both are 1 it is not guided
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
    @Nullable Integer skip,
    @Nullable Integer scales,
    @Nullable Double sigmaData,
    @Nullable AdaptiveCurriculum curriculum,
    @Nullable Integer teacherSteps,
    @Nullable Adversary adversary,
    @Nullable Double targetDecay,
    @Nullable Double conditionDropout,
    double guidanceMin,
    double guidanceMax,
    String loss,
    double huberC,
    @Nullable Double gamma,
    int steps) {
  private static final List<String> TRAJECTORIES = List.of("tcf1", "tcf2", "tcf-s+");

  /** Of the sampling that the destinations {@code inference} have in mind. */
  private static final int MOST_STEPS = 8;

  private static final List<String> SOLVERS = List.of("ddim", "dpm-solver-2", "dpm++2s", "heun");

  /**
   * A discriminator on the features of the teacher's encoder.
   *
   * @param from first step in which it judges, counted from 0
   * @param rate of its learning, above 0
   */
  public record Adversary(long from, double rate) {
    public Adversary {
      if (from < 0 || !(rate > 0)) {
        throw new RecipeException(
            "settings.objective.adversary needs from >= 0 and rate > 0 but they were "
                + from
                + ", "
                + rate);
      }
    }
  }

  public Distillation {
    Map<String, @Nullable Object> entries = new HashMap<>();
    entries.put("trajectory", trajectory);
    entries.put("solver", solver);
    entries.put("destinations", destinations);
    entries.put("parts", parts);
    entries.put("skip", skip);
    entries.put("scales", scales);
    entries.put("sigma_data", sigmaData);
    entries.put("curriculum", curriculum);
    entries.put("teacher_steps", teacherSteps);
    entries.put("adversary", adversary);
    entries.put("target_decay", targetDecay);
    Method named = Method.named(method);
    named.check(entries);
    if (!(guidanceMin >= 1 && guidanceMax >= guidanceMin)) {
      throw new RecipeException(
          "settings.objective needs 1 <= guidance_min <= guidance_max but they were "
              + guidanceMin
              + ", "
              + guidanceMax);
    }
    if (named.unguided() && guidanceMax > 1) {
      throw new RecipeException(
          ("settings.objective: " + method + " has no guidance, so guidance_min and guidance_max")
              + (" must be 1 but were " + guidanceMin + ", " + guidanceMax));
    }
    if (targetDecay != null && !(targetDecay >= 0 && targetDecay < 1)) {
      throw new RecipeException(
          "settings.objective.target_decay must be in [0, 1) but was " + targetDecay);
    }
  }

  /** For a teacher of that schedule. */
  Objective objective(NoiseSchedule schedule) {
    Distance distance = Distance.named(loss, huberC);
    GuidanceRange range = new GuidanceRange(guidanceMin - 1, guidanceMax - 1);
    return switch (Method.named(method)) {
      case LCM -> Lcm.of(step());
      case PCM -> new Pcm(step(), function(), needed(parts));
      case TDD -> new Tdd(step());
      case TSCD -> new Tscd(step(), function(), needed(parts));
      case TCD -> new Tcd(step(), function(), draw());
      case CD -> new Cd(grid(schedule, needed(scales)), needed(sigmaData), solving(), distance);
      case CT -> new Ct(grid(schedule, 2), needed(sigmaData), needed(curriculum), distance);
      case CTM ->
          new Ctm(
              grid(schedule, needed(scales)),
              needed(teacherSteps),
              needed(sigmaData),
              range,
              solving(),
              distance,
              adversary == null ? Ctm.NEVER : adversary.from());
    };
  }

  /** Name of the sampler that walks as this was trained. */
  String sampler() {
    return function() instanceof Tcf2 ? "tcd-2s" : Method.named(method).sampler;
  }

  /** The class of diffusers that walks so, or the nearest to it. */
  String scheduler() {
    return Method.named(method).clean ? "LCMScheduler" : "TCDScheduler";
  }

  /** Whether the network has to be told s. */
  boolean seesDestination() {
    return Method.named(method) == Method.CTM || function() instanceof TcfSPlus;
  }

  /** Whether the student is compared with its moving average. */
  boolean averagesTarget() {
    return targetDecay != null || curriculum != null;
  }

  /** The share of itself that the target's average keeps in step {@code step} of {@code total}. */
  double decay(long step, long total) {
    return curriculum != null ? curriculum.decay(step, total) : needed(targetDecay);
  }

  /** Whether the teacher is asked without guidance in every row. */
  boolean unguided() {
    return guidanceMax == 1;
  }

  /** The share of the rows that lose their caption. */
  double dropout() {
    return conditionDropout == null ? 0 : new ConditionDropout(conditionDropout).share();
  }

  private GuidedStep step() {
    return new GuidedStep(
        needed(skip), guidanceMin - 1, guidanceMax - 1, solving(), Distance.named(loss, huberC));
  }

  /** From end to end of the teacher's times. */
  private static KarrasGrid grid(NoiseSchedule schedule, int scales) {
    double least = Math.exp(-schedule.lambda(0));
    return new KarrasGrid(Math.exp(-schedule.lambda(schedule.lastTime())), least, scales);
  }

  private TrajectoryFunction function() {
    String name = trajectory == null ? "tcf1" : trajectory;
    return switch (name) {
      case "tcf1" -> new Tcf1();
      case "tcf2" -> new Tcf2();
      case "tcf-s+" -> new TcfSPlus();
      default -> throw unknown("trajectory", TRAJECTORIES, name);
    };
  }

  private TrajectoryFunction solving() {
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
      case "inference" -> new InferenceGrids(needed(skip), 1, MOST_STEPS);
      default -> throw unknown("destinations", List.of("skipped", "every", "inference"), name);
    };
  }

  /** What the constructor has seen to be there. */
  private static <T> T needed(@Nullable T entry) {
    return Objects.requireNonNull(entry);
  }

  private static RecipeException unknown(String entry, List<String> known, String name) {
    return new RecipeException(
        "settings.objective." + entry + " must be one of " + known + " but was " + name);
  }
}
