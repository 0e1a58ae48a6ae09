package io.github.tcd4j.training.distill;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.github.tcd4j.diffusion.BoundaryScaling;
import io.github.tcd4j.diffusion.HeunStep;
import io.github.tcd4j.diffusion.Tcf1;
import io.github.tcd4j.diffusion.Tcf2;
import io.github.tcd4j.diffusion.TcfSPlus;
import io.github.tcd4j.diffusion.objective.AdversarialTcd;
import io.github.tcd4j.diffusion.objective.Cd;
import io.github.tcd4j.diffusion.objective.Ct;
import io.github.tcd4j.diffusion.objective.Ctm;
import io.github.tcd4j.diffusion.objective.Destinations;
import io.github.tcd4j.diffusion.objective.GuidanceRange;
import io.github.tcd4j.diffusion.objective.GuidedStep;
import io.github.tcd4j.diffusion.objective.InferenceGrids;
import io.github.tcd4j.diffusion.objective.Lcm;
import io.github.tcd4j.diffusion.objective.Pcm;
import io.github.tcd4j.diffusion.objective.Tcd;
import io.github.tcd4j.diffusion.objective.Tdd;
import io.github.tcd4j.diffusion.objective.Tscd;
import io.github.tcd4j.diffusion.sampler.SamplerSettings;
import io.github.tcd4j.diffusion.sampler.SchedulerConfig;
import io.github.tcd4j.diffusion.sampler.registry.Samplers;
import io.github.tcd4j.diffusion.schedule.Node;
import io.github.tcd4j.diffusion.schedule.NoiseSchedule;
import io.github.tcd4j.diffusion.schedule.SolverTimesteps;
import io.github.tcd4j.diffusion.schedule.VpSchedule;
import io.github.tcd4j.training.recipe.Recipe;
import io.github.tcd4j.training.recipe.RecipeException;
import io.github.tcd4j.training.recipe.Recipes;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class DistillationConfigTest {
  @TempDir Path folder;

  private static final NoiseSchedule SCHEDULE = VpSchedule.stableDiffusion();

  /** A method and what else its entries are; the rest is the same for all. */
  private DistillationConfig of(String method, String... entries) {
    return read(method, 2, 8, entries);
  }

  private DistillationConfig unguided(String method, String... entries) {
    return read(method, 1, 1, entries);
  }

  private DistillationConfig read(String method, double min, double max, String... entries) {
    List<String> lines = new ArrayList<>(List.of("settings:", "method: " + method));
    lines.addAll(List.of("guidance_min: " + min, "guidance_max: " + max, "steps: 4"));
    lines.addAll(List.of("loss: huber", "huber_c: 1.0e-3"));
    lines.addAll(List.of(entries));
    try {
      String recipe = Files.readString(Path.of("src/test/resources/recipes/tcd.yaml"));
      String head = recipe.substring(0, recipe.indexOf("settings:"));
      Path file = folder.resolve("recipe.yaml");
      Files.writeString(file, head + String.join("\n  ", lines));
      return Recipes.settings(Recipes.read(file, List.of()), DistillationConfig.class);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Test
  void methodsAreTheObjectivesOfTheirNames() {
    assertThat(of("lcm", "skip: 20").objective(SCHEDULE)).isInstanceOf(Lcm.class);
    assertThat(of("tdd", "skip: 20").objective(SCHEDULE)).isInstanceOf(Tdd.class);
    assertThat(of("pcm", "skip: 20", "phases: 4").objective(SCHEDULE))
        .isInstanceOfSatisfying(Pcm.class, pcm -> assertThat(pcm.phases()).isEqualTo(4));
    assertThat(of("tscd", "skip: 20", "phases: 8").objective(SCHEDULE))
        .isInstanceOfSatisfying(Tscd.class, tscd -> assertThat(tscd.segments()).isEqualTo(8));
  }

  @Test
  void tcdMayHaveAnAdversary() {
    Tcd plain = (Tcd) of("tcd", "skip: 20").objective(SCHEDULE);
    assertThat(of("tcd", "skip: 20", "adversary: {from: 7, rate: 1.0e-3}").objective(SCHEDULE))
        .isEqualTo(new AdversarialTcd(plain, 7));
  }

  @Test
  void methodsInTauGoFromEndToEndOfTheTeachersTimes() {
    Cd cd = (Cd) unguided("cd", "scales: 40", "sigma_data: 1", "solver: heun").objective(SCHEDULE);
    assertThat(cd.grid().scales()).isEqualTo(40);
    assertThat(cd.grid().tauMin()).isEqualTo(0.02916753, within(1e-6));
    assertThat(cd.grid().tauMax()).isEqualTo(14.61464662, within(1e-4));
    assertThat(cd.solver()).isEqualTo(new HeunStep());
    DistillationConfig ct =
        unguided("ct", "sigma_data: 1", "curriculum: {first: 2, last: 150, decay: 0.95}");
    assertThat(ct.objective(SCHEDULE)).isInstanceOf(Ct.class);
    assertThat(ct.averagesTarget()).isTrue();
    assertThat(ct.decay(0, 100)).isEqualTo(0.95 * 0.95, within(1e-9));
    DistillationConfig ctm = of("ctm", CTM);
    assertThat(ctm.conditionedOnDestination()).isTrue();
    assertThat(ctm.sampler()).isEqualTo("ctm");
    assertThat(((Ctm) ctm.objective(SCHEDULE)).adversarialFrom()).isEqualTo(7);
    assertThat(((Ctm) ctm.objective(SCHEDULE)).guidance()).isEqualTo(new GuidanceRange(1, 7));
  }

  private static final String[] CTM = {
    "scales: 10",
    "sigma_data: 1",
    "teacher_steps: 3",
    "target_decay: 0.9",
    "adversary: {from: 7, rate: 1.0e-3}"
  };

  @ParameterizedTest
  @ValueSource(
      strings = {
        "tcd",
        "lcm",
        "tcd-2",
        "tcd-s",
        "tcd-full",
        "ctm",
        "cd",
        "ct",
        "pcm",
        "tdd",
        "tscd"
      })
  void theRecipesOfTheProjectDifferInWhatTheyTeachAlone(String name) throws IOException {
    Recipe recipe = Recipes.read(Path.of("../recipes", name + ".yaml"), List.of());
    // The two that are shipped are alike, and so are those that are only compared.
    String like = List.of("tcd", "lcm").contains(name) ? "tcd" : "tcd-2";
    Recipe other = Recipes.read(Path.of("../recipes", like + ".yaml"), List.of());
    DistillTask.Settings settings = Recipes.settings(recipe, DistillTask.Settings.class);
    assertThat(settings.objective().method()).isEqualTo(name.split("-")[0]);
    assertThat(settings.objective().objective(SCHEDULE)).isNotNull();
    assertThat(recipe.steps()).isEqualTo(other.steps());
    assertThat(recipe.batch()).isEqualTo(other.batch());
    assertThat(recipe.accumulate()).isEqualTo(other.accumulate());
    assertThat(recipe.data()).isEqualTo(other.data());
    assertThat(recipe.seed()).isEqualTo(other.seed());
    assertThat(recipe.optimizer()).isEqualTo(other.optimizer());
    assertThat(recipe.ema()).isNotNull().isEqualTo(other.ema());
    // Several steps of the teacher at once are too slow in float32.
    assertThat(recipe.precision())
        .isEqualTo(name.equals("ctm") ? Recipe.Precision.BF16 : other.precision());
    DistillationConfig taught = settings.objective();
    DistillationConfig alike = Recipes.settings(other, DistillTask.Settings.class).objective();
    boolean guided = !List.of("cd", "ct").contains(name);
    assertThat(taught.guidanceMin()).isEqualTo(guided ? alike.guidanceMin() : 1);
    assertThat(taught.guidanceMax()).isEqualTo(guided ? alike.guidanceMax() : 1);
    assertThat(taught.distance()).isEqualTo(alike.distance());
    assertThat(taught.dropout()).isEqualTo(name.equals("tdd") ? 0.2 : alike.dropout());
    if (settings.full() == null) {
      assertThat(recipe.rate()).isEqualTo(other.rate());
      assertThat(settings.rank()).isEqualTo(16);
    }
  }

  @Test
  void tcdByDefaultIsAlgorithm2WithTcf1AndDdim() {
    Tcd tcd = (Tcd) of("tcd", "skip: 20").objective(SCHEDULE);
    assertThat(tcd.function()).isEqualTo(new Tcf1());
    assertThat(tcd.step().solver()).isEqualTo(new Tcf1());
    assertThat(tcd.step().wMin()).isEqualTo(1);
    assertThat(tcd.step().wMax()).isEqualTo(7);
    assertThat(tcd.destinations()).isEqualTo(new Destinations.Skipped());
    assertThat(of("tcd", "skip: 20").averagesTarget()).isFalse();
  }

  @Test
  void withoutGuidanceAndConditionsTcdIsAlgorithm1() {
    DistillationConfig one = unguided("tcd", "skip: 20", "condition_dropout: 1.0");
    assertThat(one.unguided()).isTrue();
    assertThat(one.dropout()).isEqualTo(1);
    Tcd tcd = (Tcd) one.objective(SCHEDULE);
    assertThat(tcd.step()).isEqualTo(GuidedStep.unguided(20, new Tcf1(), tcd.step().distance()));
  }

  @Test
  void theTrajectoryTheSolverAndTheDrawCanBeChosen() {
    DistillationConfig chosen =
        of("tcd", "skip: 20", "trajectory: tcf2", "solver: heun", "destinations: every");
    Tcd tcd = (Tcd) chosen.objective(SCHEDULE);
    assertThat(tcd.function()).isEqualTo(new Tcf2());
    assertThat(tcd.step().solver()).isEqualTo(new HeunStep());
    assertThat(tcd.destinations()).isEqualTo(new Destinations.EveryTime());
    assertThat(chosen.sampler()).isEqualTo("tcd-2s");
    assertThat(chosen.conditionedOnDestination()).isFalse();
    DistillationConfig conditioned = of("tcd", "skip: 20", "trajectory: tcf-s+");
    assertThat(((Tcd) conditioned.objective(SCHEDULE)).function()).isEqualTo(new TcfSPlus());
    assertThat(conditioned.conditionedOnDestination()).isTrue();
    assertThat(conditioned.sampler()).isEqualTo("tcd");
  }

  @Test
  void controlsSendToTheCleanEndOrToTheTeachersNextTime() {
    Tcd clean = (Tcd) of("tcd", "skip: 20", "destinations: clean").objective(SCHEDULE);
    assertThat(clean.destinations()).isEqualTo(new Destinations.Clean());
    Tcd next = (Tcd) of("tcd", "skip: 20", "destinations: next").objective(SCHEDULE);
    assertThat(next.destinations()).isEqualTo(new Destinations.Next());
  }

  @Test
  void latentConsistencyHasTheScalingOfReleasedModelsUnlessItIsPlain() {
    assertThat(((Lcm) of("lcm", "skip: 20").objective(SCHEDULE)).scaling())
        .isEqualTo(BoundaryScaling.LCM)
        .isEqualTo(((Lcm) of("lcm", "skip: 20", "boundary: scaled").objective(SCHEDULE)).scaling());
    assertThat(((Lcm) of("lcm", "skip: 20", "boundary: plain").objective(SCHEDULE)).scaling())
        .isEqualTo(BoundaryScaling.PLAIN);
  }

  @Test
  void theEndsOfTheRangesOfEntriesAreAllowed() {
    assertThat(of("tcd", "skip: 1", "target_decay: 0", "condition_dropout: 0").decay(0, 9))
        .isZero();
    assertThat(of("tscd", "skip: 20", "phases: 50").objective(SCHEDULE)).isNotNull();
    assertThat(of("pcm", "skip: 20", "phases: 1").objective(SCHEDULE)).isNotNull();
    assertThat(of("ctm", "scales: 2", "sigma_data: 1", "teacher_steps: 1", "target_decay: 0"))
        .isNotNull();
  }

  @Test
  void theDrawCanBeThatOfFewStepSampling() {
    Tcd tcd = (Tcd) of("tcd", "skip: 20", "destinations: inference").objective(SCHEDULE);
    assertThat(tcd.destinations()).isEqualTo(new InferenceGrids(1, 8));
  }

  @ParameterizedTest
  @ValueSource(ints = {4, 20, 100, 200})
  void destinationsAreTheTimesOfTheSamplerWhateverTheTeachersStep(int skip) {
    Tcd tcd = (Tcd) of("tcd", "skip: " + skip, "destinations: inference").objective(SCHEDULE);
    Destinations pcm = (Pcm) of("pcm", "skip: " + skip, "phases: 4").objective(SCHEDULE);
    SolverTimesteps grid = new SolverTimesteps(1000, skip);
    List<Double> sampled =
        Samplers.named("tcd")
            .plan(SchedulerConfig.DEFAULTS, SamplerSettings.ofSteps(4))
            .grid()
            .nodes()
            .stream()
            .skip(1)
            .map(Node::time)
            .toList();
    List<Double> targets = new ArrayList<>();
    for (int n = 0; n < 1000; n++) {
      targets.add(tcd.destinations().of(grid, grid.size() - 1, n / 1000.0));
    }
    assertThat(targets).containsAll(sampled);
    for (int i = 0; i < grid.size(); i++) {
      assertThat(sampled).contains(pcm.of(grid, i));
    }
  }

  /** A time in tau is not an index: a midpoint of 0.9 must not become 1. */
  @ParameterizedTest
  @CsvSource({"dpm++2s, DATA", "dpm-solver-2, NOISE"})
  void midpointsAreWholeTimesButNotInTau(String solver, Tcf2.Form form) {
    Cd cd =
        (Cd) unguided("cd", "scales: 40", "sigma_data: 1", "solver: " + solver).objective(SCHEDULE);
    assertThat(cd.solver()).isEqualTo(new Tcf2(form, false));
    List<String> entries = new ArrayList<>(List.of(CTM));
    entries.add("solver: " + solver);
    Ctm ctm = (Ctm) of("ctm", entries.toArray(String[]::new)).objective(SCHEDULE);
    assertThat(ctm.solver()).isEqualTo(new Tcf2(form, false));
    Tcd tcd = (Tcd) of("tcd", "skip: 20", "solver: " + solver).objective(SCHEDULE);
    assertThat(tcd.step().solver()).isEqualTo(new Tcf2(form, true));
  }

  @Test
  void theCardWarnsOfTheModelThatIsNotConditionedOnTheDestination() {
    Path file = Path.of("final", "tcd.safetensors");
    DistillationConfig conditioned = of("tcd", "skip: 20", "trajectory: tcf-s+");
    assertThat(new ModelCard(conditioned, "emoji", file, false).text())
        .contains("# TCD, a LoRA for emoji", "sampler `tcd`", "-m emoji -l tcd.safetensors")
        .contains("`tcd.s_embedding.safetensors`", "different model, not conditioned on s");
    assertThat(new ModelCard(of("tcd", "skip: 20"), "emoji", file, true).text())
        .contains("# TCD of emoji", "`from_pretrained` and TCDScheduler")
        .doesNotContain("not conditioned");
  }

  @ParameterizedTest
  @CsvSource({"tcd, 0, tcd", "tdd, 0, tcd", "pcm, 4, tcd", "tscd, 2, tcd", "lcm, 0, lcm"})
  void theSamplerTakesTheStepsThatTheMethodTrained(String method, int phases, String sampler) {
    String more = phases == 0 ? "" : "phases: " + phases;
    assertThat(of(method, "skip: 20", more).sampler()).isEqualTo(sampler);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "ctm2 | skip: 20 | method must be one of [tcd, lcm, pcm, tdd, tscd, cd, ct, ctm] but was ctm2",
        "pcm | skip: 20 | phases is missing; pcm needs it",
        "tcd | phases: 4 | phases has no effect on tcd; leave it out",
        "tcd | gamma: 0.3 | skip is missing; tcd needs it",
        "lcm | {skip: 20, trajectory: tcf2} | trajectory has no effect on lcm; leave it out",
        "pcm | {skip: 20, phases: 4, destinations: every} | destinations has no effect on pcm; leave it out",
        "ctm | {scales: 9, sigma_data: 1, teacher_steps: 2} | target_decay is missing; ctm needs it",
        "lcm | {skip: 20, adversary: {from: 1, rate: 1}} | adversary has no effect on lcm; leave it out",
        "tcd | {skip: 20, target_decay: 1} | target_decay must be in [0, 1) but was 1.0",
        "tcd | {skip: 20, condition_dropout: 2} | condition_dropout must be in [0, 1] but was 2.0",
        "tcd | {skip: 20, gamma: 7.5} | gamma must be in [0, 1] but was 7.5",
        "tcd | skip: 0 | skip must be at least 1 but was 0",
        "pcm | {skip: 20, phases: 0} | phases must be at least 1 but was 0",
        "tscd | {skip: 20, phases: 51} | phases must be at most 50, the times that few-step sampling chooses among, but was 51",
        "tcd | {skip: 20, trajectory: tcf3} | trajectory must be one of [tcf1, tcf2, tcf-s+] but was tcf3",
        "lcm | {skip: 20, solver: euler} | solver must be one of [ddim, dpm++2s, dpm-solver-2, heun] but was euler",
        "lcm | {skip: 20, boundary: soft} | boundary must be one of [plain, scaled] but was soft",
        "tcd | {skip: 20, boundary: plain} | boundary has no effect on tcd; leave it out",
        "tcd | {skip: 20, target_decay: -0.1} | target_decay must be in [0, 1) but was -0.1",
        "pcm | {skip: 20, phases: 51} | phases must be at most 50, the times that few-step sampling chooses among, but was 51",
        "tcd | {skip: 20, destinations: here} | destinations must be one of [clean, every, inference, next, skipped] but was here",
        "ctm | {scales: 1, sigma_data: 1, teacher_steps: 2, target_decay: 0} | scales must be at least 2 but was 1",
        "ctm | {scales: 9, sigma_data: 0, teacher_steps: 2, target_decay: 0} | sigma_data must be above 0 but was 0.0",
        "ctm | {scales: 9, sigma_data: 1, teacher_steps: 0, target_decay: 0} | teacher_steps must be at least 1 but was 0"
      })
  void whatDoesNotFitIsRefused(String method, String more, String sentence) {
    String[] entries =
        more.startsWith("{")
            ? more.substring(1, more.length() - 1).split(", (?!rate)")
            : more.split(";");
    assertThatThrownBy(() -> of(method, entries))
        .isInstanceOf(RecipeException.class)
        .hasMessage("settings: settings.objective." + sentence);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "tcd | skip: 1001 | 1000, the number of the teacher's times, but was 1001",
        "pcm | {skip: 1500, phases: 4} | 1000, the number of the teacher's times, but was 1500"
      })
  void aStepThatLeavesTooFewTimesIsRefused(String method, String more, String sentence) {
    DistillationConfig coarse = of(method, more.replaceAll("[{}]", "").split(", "));
    assertThatThrownBy(() -> coarse.objective(SCHEDULE))
        .isInstanceOf(RecipeException.class)
        .hasMessage("settings.objective.skip must be at most " + sentence);
  }

  /** Of 30 the widest step would start at 989, but sampling starts at 999. */
  @Test
  void aStepThatLeavesOutTheNoisiestTimesIsRefused() {
    assertThatThrownBy(() -> of("lcm", "skip: 30").objective(SCHEDULE))
        .isInstanceOf(RecipeException.class)
        .hasMessage(
            "settings.objective.skip must be a divisor of the teacher's 1000 times, or its noisiest"
                + " are never trained, but was 30");
    for (int skip : new int[] {1, 20, 25, 40, 50, 100, 125, 1000}) {
      assertThat(of("lcm", "skip: " + skip).objective(SCHEDULE)).isInstanceOf(Lcm.class);
    }
  }

  @Test
  void anUnknownLossAndItsConstantAreRefused() throws IOException {
    Path tcd = Path.of("src/test/resources/recipes/tcd.yaml");
    Recipe loss = Recipes.read(tcd, List.of("settings.objective.loss=l3"));
    assertThatThrownBy(() -> Recipes.settings(loss, DistillTask.Settings.class))
        .hasMessageContaining("loss must be one of [l2, l1, huber] but was l3");
    Recipe huber = Recipes.read(tcd, List.of("settings.objective.huber_c=-1"));
    assertThatThrownBy(() -> Recipes.settings(huber, DistillTask.Settings.class))
        .hasMessage("settings: settings.objective.huber_c must be above 0 but was -1.0");
  }

  @Test
  void whatIsUnguidedIsRefused() {
    assertThatThrownBy(() -> of("cd", "scales: 40", "sigma_data: 1"))
        .hasMessageContaining("cd has no guidance, so guidance_min and guidance_max must be 1");
  }
}
