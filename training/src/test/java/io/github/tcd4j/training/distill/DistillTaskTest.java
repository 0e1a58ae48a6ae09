package io.github.tcd4j.training.distill;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.withinPercentage;

import io.github.tcd4j.diffusion.Denoiser;
import io.github.tcd4j.diffusion.Guidance;
import io.github.tcd4j.diffusion.objective.Losses;
import io.github.tcd4j.models.lora.LoraMetadata;
import io.github.tcd4j.models.unet.Conditioning;
import io.github.tcd4j.pipeline.checkpoint.DistilledGuidance;
import io.github.tcd4j.tensor.Autograd;
import io.github.tcd4j.tensor.RandomSource;
import io.github.tcd4j.tensor.Scope;
import io.github.tcd4j.tensor.Tensor;
import io.github.tcd4j.training.ParameterGroup;
import io.github.tcd4j.training.dataset.LatentDataset;
import io.github.tcd4j.training.network.DiffusionNetwork;
import io.github.tcd4j.training.network.FrozenComponents;
import io.github.tcd4j.training.network.Teacher;
import io.github.tcd4j.training.recipe.Recipe;
import io.github.tcd4j.training.recipe.Recipes;
import io.github.tcd4j.training.task.FirstLoss;
import io.github.tcd4j.training.task.TinyModel;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The losses of distillations, from the answers of their U-Nets by hand. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class DistillTaskTest {
  private static final int[] ROWS = {4, 0, 3, 1, 5, 2};
  private static final long SEED = 9;

  private Scope scope;
  private TinyModel tiny;
  private FrozenComponents parts;
  private Teacher teacher;
  private LatentDataset corpus;

  @BeforeAll
  void prepare(@TempDir Path folder) throws IOException {
    scope = Scope.open();
    tiny = TinyModel.write(folder);
    parts = tiny.components();
    teacher = tiny.teacher();
    corpus = parts.encode(tiny.data().toString(), tiny.places());
  }

  @AfterAll
  void end() {
    scope.close();
  }

  private DistillTask task(String name, double dropout, String... overrides) throws IOException {
    String[] all = java.util.Arrays.copyOf(overrides, overrides.length + 1);
    all[overrides.length] = "settings.objective.condition_dropout=" + dropout;
    Recipe recipe = tiny.recipe(name, all);
    return new DistillTask(recipe, tiny.places());
  }

  private static double loss(DistillTask task) {
    Tensor loss = task.losses(ROWS, new RandomSource(SEED), 0, 12).of(Losses.STUDENT);
    return Objects.requireNonNull(loss).detach().item();
  }

  private double byHand(
      double dropout, double min, double max, DiffusionNetwork student, DiffusionNetwork target) {
    return new FirstLoss(corpus, teacher, dropout, min, max, false).of(student, target, ROWS, SEED);
  }

  /** The LoRA with these parameters on the teacher. */
  private DiffusionNetwork lora(Map<String, Tensor> parameters) {
    LoraMetadata card = new LoraMetadata("tcd", "tcd", "tiny", 4, 4, 0.3, 4, "ff");
    return LoraStudent.fresh(4, teacher, card).over(parameters);
  }

  /** Disturbed, so that the teacher must be seen without the adapter. */
  private static void learn(DistillTask task) {
    TinyModel.disturb(task.parameters(), 0.3, 5);
  }

  @Test
  void theTeacherIsGuidedFromTheEmptyCaptionAndWithoutTheAdapter() throws IOException {
    DistillTask task =
        task("tcd", 0, "settings.objective.guidance_min=2", "settings.objective.guidance_max=4");
    learn(task);
    DiffusionNetwork student = lora(task.parameters());
    assertThat(loss(task)).isCloseTo(byHand(0, 2, 4, student, student), withinPercentage(0.01));
  }

  @Test
  void rowsWithoutACaptionLoseItInStudentTeacherAndTarget() throws IOException {
    DistillTask task = task("tcd", 0.3);
    learn(task);
    DiffusionNetwork student = lora(task.parameters());
    double expected = byHand(0.3, 2, 8, student, student);
    assertThat(expected)
        .isNotCloseTo(byHand(1, 2, 8, student, student), withinPercentage(0.1))
        .isNotCloseTo(byHand(1e-9, 2, 8, student, student), withinPercentage(0.1));
    assertThat(loss(task)).isCloseTo(expected, withinPercentage(0.01));
  }

  @Test
  void algorithm1HasNeitherGuidanceNorCaptions() throws IOException {
    DistillTask task =
        task("tcd", 1, "settings.objective.guidance_min=1", "settings.objective.guidance_max=1");
    learn(task);
    DiffusionNetwork student = lora(task.parameters());
    assertThat(loss(task)).isCloseTo(byHand(1, 1, 1, student, student), withinPercentage(0.01));
  }

  @Test
  void theTargetIsTheStudentsAverageAndFollowsIt() throws IOException {
    DistillTask task = task("tcd", 0, "settings.objective.target_decay=0.75");
    Map<String, Tensor> start = copy(task.parameters());
    learn(task);
    DiffusionNetwork student = lora(task.parameters());
    assertThat(loss(task)).isCloseTo(byHand(0, 2, 8, student, lora(start)), withinPercentage(0.01));

    task.stepped(0, 12);
    Map<String, Tensor> average = blend(start, task.parameters(), 0.75);
    average.forEach(
        (name, expected) -> {
          Tensor kept = Objects.requireNonNull(task.memory().get("target." + name), name);
          assertThat(kept.minus(expected).abs().max().item()).as(name).isLessThan(1e-6);
        });
    assertThat(loss(task))
        .isCloseTo(byHand(0, 2, 8, student, lora(average)), withinPercentage(0.01));
  }

  @Test
  void aWholeLatentConsistencyModelIsConditionedOnItsGuidance() throws IOException {
    DistillTask task =
        task(
            "tcd-full",
            0,
            "settings.objective.method=lcm",
            "settings.objective.gamma=null",
            "settings.objective.target_decay=0.25");
    Map<String, Tensor> start = copy(task.parameters());
    TinyModel.disturb(task.parameters(), 0.05, 5);
    task.stepped(0, 12);
    FullStudent full =
        FullStudent.copy(teacher, parts, "LCMScheduler", new DistilledGuidance(2, 8), 16);
    double expected =
        new FirstLoss(corpus, teacher, 0, 2, 8, true)
            .of(
                full.over(task.parameters()),
                full.over(blend(start, task.parameters(), 0.25)),
                ROWS,
                SEED);
    assertThat(loss(task)).isCloseTo(expected, withinPercentage(0.01));
  }

  @Test
  void theErrorsAreThoseOfJumpsUnderTheMiddleOfTheGuidanceWithAllCaptions() throws IOException {
    DistillTask task = task("tcd", 0.9);
    learn(task);
    Map<String, Double> errors = task.errors(ROWS, new RandomSource(SEED));
    RandomSource random = new RandomSource(SEED);
    Tensor x0 = corpus.latents(ROWS, random);
    Tensor noise = random.normal(x0.shape());
    Conditioning own = corpus.conditioning(ROWS, 0, random);
    // The recipe's guidance is from 2 to 8.
    Recipe middle =
        tiny.recipe(
            "tcd", "settings.objective.guidance_min=5", "settings.objective.guidance_max=5");
    JumpError jumps =
        new JumpError(
            Recipes.settings(middle, DistillTask.Settings.class).objective(), teacher.schedule());
    Denoiser both = teacher.network().with(Conditioning.cat(own, own.withText(corpus.empty())));
    Map<String, Double> expected =
        jumps.of(lora(task.parameters()).with(own), new Guidance(both), x0, noise);
    assertThat(errors).containsKeys("jump_error", "jump_error/999").isEqualTo(expected);
    assertThat(task.size()).isEqualTo(corpus.size());
  }

  @ParameterizedTest
  @ValueSource(strings = {"ctm", "tcd"})
  void aDiscriminatorLearnsAtItsOwnRateFromTheStepOnThatTheRecipeNames(String method)
      throws IOException {
    String adversary = "settings.objective.adversary={from: 3, rate: 1.0e-3}";
    DistillTask task = task(method, 0, adversary);
    learn(task);
    assertThat(task.groups())
        .extracting(ParameterGroup::name)
        .containsExactly(Losses.STUDENT, Losses.DISCRIMINATOR);
    ParameterGroup judge = task.groups().get(1);
    assertThat(judge.rate().at(0, 12)).isEqualTo(1e-3);
    assertThat(judge.rate().at(11, 12)).isEqualTo(1e-3);
    assertThat(judge.parameters().values()).isNotEmpty().allMatch(Tensor::requiresGrad);
    assertThat(task.losses(ROWS, new RandomSource(SEED), 2, 12).losses())
        .containsOnlyKeys(Losses.STUDENT);
    Losses third = task.losses(ROWS, new RandomSource(SEED), 3, 12);
    Autograd.backward(third.of(Losses.DISCRIMINATOR));
    assertThat(judge.parameters().values())
        .anyMatch(p -> Autograd.hasGradient(p) && Autograd.gradient(p).abs().max().item() > 0);
    assertThat(task.parameters().values())
        .as("the student is not moved by the discriminator's loss")
        .noneMatch(Autograd::hasGradient);
    assertThat(task.takesGradients()).isTrue();
    assertThat(task("tcd", 0).takesGradients()).isFalse();
    assertThat(task("tcd", 0).groups()).hasSize(1);
  }

  private static Map<String, Tensor> copy(Map<String, Tensor> parameters) {
    Map<String, Tensor> copies = new LinkedHashMap<>();
    parameters.forEach((name, p) -> copies.put(name, p.detach().copy()));
    return copies;
  }

  /** share a + (1 - share) b. */
  private static Map<String, Tensor> blend(
      Map<String, Tensor> a, Map<String, Tensor> b, double share) {
    Map<String, Tensor> blended = new LinkedHashMap<>();
    a.forEach(
        (name, t) ->
            blended.put(
                name,
                t.times(share).plus(Objects.requireNonNull(b.get(name)).detach(), 1 - share)));
    return blended;
  }
}
