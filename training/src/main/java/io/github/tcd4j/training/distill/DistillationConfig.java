package io.github.tcd4j.training.distill;

import io.github.tcd4j.diffusion.BoundaryScaling;
import io.github.tcd4j.diffusion.HeunStep;
import io.github.tcd4j.diffusion.Tcf1;
import io.github.tcd4j.diffusion.Tcf2;
import io.github.tcd4j.diffusion.TrajectoryFunction;
import io.github.tcd4j.diffusion.objective.AdaptiveCurriculum;
import io.github.tcd4j.diffusion.objective.Destinations;
import io.github.tcd4j.diffusion.objective.Distance;
import io.github.tcd4j.diffusion.objective.GuidanceRange;
import io.github.tcd4j.diffusion.objective.GuidedStep;
import io.github.tcd4j.diffusion.objective.InferenceGrids;
import io.github.tcd4j.diffusion.objective.Objective;
import io.github.tcd4j.diffusion.schedule.KarrasSchedule;
import io.github.tcd4j.diffusion.schedule.NoiseSchedule;
import io.github.tcd4j.diffusion.schedule.SolverTimesteps;
import io.github.tcd4j.training.recipe.RecipeException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What a distillation teaches, and how its product is to be sampled. {@link DistillationMethod}
 * says which entries belong to which method.
 *
 * @param method name of a {@link DistillationMethod}
 * @param trajectory function that is trained: {@code tcf1}, {@code tcf2} or {@code tcf-s+}, whose
 *     network is conditioned on s. Absent is tcf1; ctm has tcf-s+
 * @param solver of the teacher's step: {@code ddim}, {@code dpm-solver-2}, {@code dpm++2s} or
 *     {@code heun}. Absent is ddim
 * @param destinations how {@code tcd} draws s: {@code skipped} grid, {@code every} time, those of
 *     the {@code inference} grids of 1 to 8 steps; as controls {@code clean}, time 0, which is lcm,
 *     and {@code next}, t_n, which is the teacher's own step. Absent is skipped
 * @param phases phases of {@code pcm}, segments of {@code tscd}
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
 * @param boundary c_skip and c_out of lcm: {@code scaled}, those of all released models and the
 *     default, or {@code plain}, without them (paper, eq. 14)
 * @param guidanceMin lowest guidance scale of the teacher, at least 1
 * @param guidanceMax highest guidance scale of the teacher; where both are 1 it is not guided
 * @param loss name of the distance, see {@link Distance#named}
 * @param huberC where the pseudo-Huber loss turns from squared to absolute
 * @param gamma to sample with; null where the method knows none
 * @param steps to sample with
 */
public record DistillationConfig(
    String method,
    @Nullable String trajectory,
    @Nullable String solver,
    @Nullable String destinations,
    @Nullable Integer phases,
    @Nullable Integer skip,
    @Nullable Integer scales,
    @Nullable Double sigmaData,
    @Nullable AdaptiveCurriculum curriculum,
    @Nullable Integer teacherSteps,
    @Nullable Adversary adversary,
    @Nullable Double targetDecay,
    @Nullable Double conditionDropout,
    @Nullable String boundary,
    double guidanceMin,
    double guidanceMax,
    String loss,
    double huberC,
    @Nullable Double gamma,
    int steps) {
  /** Of the sampling that the destinations {@code inference} have in mind. */
  private static final int MOST_STEPS = 8;

  /** The teacher's steps that a recipe can name; all of them trajectory functions. */
  private static final Map<String, TrajectoryFunction> SOLVERS =
      new TreeMap<>(
          Map.of(
              "ddim", new Tcf1(),
              "dpm-solver-2", new Tcf2(Tcf2.Form.NOISE, true),
              "dpm++2s", new Tcf2(),
              "heun", new HeunStep()));

  /** The draws of s that a recipe can name. */
  private static final Map<String, Destinations> DRAWS =
      new TreeMap<>(
          Map.of(
              "clean", new Destinations.Clean(),
              "every", new Destinations.EveryTime(),
              "next", new Destinations.Next(),
              "skipped", new Destinations.Skipped(),
              "inference", new InferenceGrids(1, MOST_STEPS)));

  /** The values of {@code boundary}. */
  private static final Map<String, BoundaryScaling> BOUNDARIES =
      new TreeMap<>(Map.of("plain", BoundaryScaling.PLAIN, "scaled", BoundaryScaling.LCM));

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

  public DistillationConfig {
    Map<String, @Nullable Object> entries = new HashMap<>();
    entries.put("trajectory", trajectory);
    entries.put("solver", solver);
    entries.put("destinations", destinations);
    entries.put("phases", phases);
    entries.put("skip", skip);
    entries.put("scales", scales);
    entries.put("sigma_data", sigmaData);
    entries.put("curriculum", curriculum);
    entries.put("teacher_steps", teacherSteps);
    entries.put("adversary", adversary);
    entries.put("target_decay", targetDecay);
    entries.put("boundary", boundary);
    DistillationMethod named = DistillationMethod.named(method);
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
    share("condition_dropout", conditionDropout);
    share("gamma", gamma);
    boolean keeps = targetDecay == null || (targetDecay >= 0 && targetDecay < 1);
    require(keeps, "target_decay", "in [0, 1)", targetDecay);
    require(sigmaData == null || sigmaData > 0, "sigma_data", "above 0", sigmaData);
    require(scales == null || scales >= 2, "scales", "at least 2", scales);
    count("skip", skip);
    count("phases", phases);
    int most = SolverTimesteps.INFERENCE_TIMES;
    String range = "at most " + most + ", the times that few-step sampling chooses among,";
    require(phases == null || phases <= most, "phases", range, phases);
    count("teacher_steps", teacherSteps);
    count("steps", steps);
    require(!loss.equals("huber") || huberC > 0, "huber_c", "above 0", huberC);
    // What has a name is looked up now: a misspelt one should not cost the encoding of the data.
    Object unused =
        List.of(
            Distance.named(loss, huberC),
            taught(trajectory),
            solving(solver),
            drawing(destinations),
            scaling(boundary));
  }

  private static void count(String entry, @Nullable Integer value) {
    require(value == null || value >= 1, entry, "at least 1", value);
  }

  private static void share(String entry, @Nullable Double value) {
    require(value == null || (value >= 0 && value <= 1), entry, "in [0, 1]", value);
  }

  private static void require(boolean holds, String entry, String range, @Nullable Object value) {
    if (!holds) {
      throw new RecipeException(
          "settings.objective." + entry + " must be " + range + " but was " + value);
    }
  }

  /** For a teacher of that schedule. */
  Objective objective(NoiseSchedule schedule) {
    int times = (int) schedule.lastTime() + 1;
    String range = "at most " + times + ", the number of the teacher's times,";
    require(skip == null || skip <= times, "skip", range, skip);
    require(
        skip == null || times % skip == 0,
        "skip",
        "a divisor of the teacher's " + times + " times, or its noisiest are never trained,",
        skip);
    return DistillationMethod.named(method).objective(this, schedule);
  }

  /** Name of the sampler that takes the steps this was trained for. */
  String sampler() {
    String own = taught().sampler;
    return own == null ? DistillationMethod.named(method).sampler : own;
  }

  /** The class of diffusers that samples so, or the nearest to it. */
  String scheduler() {
    return DistillationMethod.named(method).clean ? "LCMScheduler" : "TCDScheduler";
  }

  /** Whether the network has to be conditioned on s. */
  boolean conditionedOnDestination() {
    return DistillationMethod.named(method) == DistillationMethod.CTM
        || taught().conditionedOnDestination;
  }

  /** Whether the student is compared with its moving average. */
  boolean averagesTarget() {
    return targetDecay != null || curriculum != null;
  }

  /** The share of itself that the target's average keeps in step {@code step} of {@code total}. */
  double decay(long step, long total) {
    return curriculum != null ? curriculum.decay(step, total) : needed(targetDecay);
  }

  /** Whether the teacher is evaluated without guidance in every row. */
  boolean unguided() {
    return guidanceMax == 1;
  }

  /** The share of the rows that lose their caption. */
  double dropout() {
    return conditionDropout == null ? 0 : conditionDropout;
  }

  GuidedStep step() {
    return new GuidedStep(needed(skip), guidanceMin - 1, guidanceMax - 1, solving(), distance());
  }

  Distance distance() {
    return Distance.named(loss, huberC);
  }

  GuidanceRange range() {
    return new GuidanceRange(guidanceMin - 1, guidanceMax - 1);
  }

  /** From end to end of the teacher's times, in tau. */
  static KarrasSchedule grid(NoiseSchedule schedule, int scales) {
    double least = Math.exp(-schedule.lambda(0));
    return new KarrasSchedule(Math.exp(-schedule.lambda(schedule.lastTime())), least, scales);
  }

  private TrajectoryKind taught() {
    return taught(trajectory);
  }

  private static TrajectoryKind taught(@Nullable String trajectory) {
    return trajectory == null ? TrajectoryKind.TCF1 : TrajectoryKind.named(trajectory);
  }

  TrajectoryFunction function() {
    return taught().function;
  }

  /**
   * The teacher's step. Its midpoint is a whole time of the schedule, but not where the time is
   * tau, in cd and ctm, the methods that have scales.
   */
  TrajectoryFunction solving() {
    TrajectoryFunction named = solving(solver);
    boolean tau = scales != null;
    return tau && named instanceof Tcf2 two ? new Tcf2(two.form(), false) : named;
  }

  private static TrajectoryFunction solving(@Nullable String solver) {
    return chosen("solver", SOLVERS, solver == null ? "ddim" : solver);
  }

  Destinations draw() {
    return drawing(destinations);
  }

  /** c_skip and c_out of lcm. */
  BoundaryScaling scaling() {
    return scaling(boundary);
  }

  private static BoundaryScaling scaling(@Nullable String boundary) {
    return chosen("boundary", BOUNDARIES, boundary == null ? "scaled" : boundary);
  }

  private static Destinations drawing(@Nullable String destinations) {
    return chosen("destinations", DRAWS, destinations == null ? "skipped" : destinations);
  }

  private static <T> T chosen(String entry, Map<String, T> known, String name) {
    T value = known.get(name);
    if (value == null) {
      throw unknown(entry, List.copyOf(known.keySet()), name);
    }
    return value;
  }

  /** What the constructor has seen to be there. */
  static <T> T needed(@Nullable T entry) {
    return Objects.requireNonNull(entry);
  }

  static RecipeException unknown(String entry, List<String> known, String name) {
    return new RecipeException(
        "settings.objective." + entry + " must be one of " + known + " but was " + name);
  }
}
