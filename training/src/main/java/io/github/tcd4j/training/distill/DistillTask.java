package io.github.tcd4j.training.distill;

import io.github.tcd4j.diffusion.Guidance;
import io.github.tcd4j.diffusion.GuidedDenoiser;
import io.github.tcd4j.diffusion.objective.DistillationNetworks;
import io.github.tcd4j.diffusion.objective.Losses;
import io.github.tcd4j.diffusion.objective.Objective;
import io.github.tcd4j.diffusion.sampler.SamplingPlan;
import io.github.tcd4j.files.Notes;
import io.github.tcd4j.files.Sha256;
import io.github.tcd4j.models.lora.LoraMetadata;
import io.github.tcd4j.models.unet.Conditioning;
import io.github.tcd4j.pipeline.checkpoint.DistilledGuidance;
import io.github.tcd4j.pipeline.checkpoint.ModelFolder;
import io.github.tcd4j.pipeline.internal.LoadedModel;
import io.github.tcd4j.tensor.RandomSource;
import io.github.tcd4j.tensor.Tensor;
import io.github.tcd4j.training.ParameterGroup;
import io.github.tcd4j.training.dataset.Corpus;
import io.github.tcd4j.training.dataset.CorpusTask;
import io.github.tcd4j.training.dataset.LatentSource;
import io.github.tcd4j.training.dataset.TrainingEnvironment;
import io.github.tcd4j.training.network.FrozenComponents;
import io.github.tcd4j.training.network.SamplePicture;
import io.github.tcd4j.training.network.Teacher;
import io.github.tcd4j.training.recipe.Recipe;
import io.github.tcd4j.training.recipe.RecipeException;
import io.github.tcd4j.training.recipe.Recipes;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Distillation of a teacher into a {@link Student}: a LoRA for it, or a whole network. */
public final class DistillTask implements CorpusTask {
  /**
   * @param base model of the teacher: a folder in diffusers' layout or a single file
   * @param prediction what its network predicts, {@code epsilon}, {@code v_prediction} or {@code
   *     sample}, where its files say nothing or are wrong; absent is as they say
   * @param objective what is distilled, and with which range of guidance
   * @param rank of the LoRA; absent where the whole network learns
   * @param alpha of the LoRA; its scale is alpha / rank
   * @param full of a whole network; absent where a LoRA learns
   * @param samples what the sample picture shows
   */
  public record Settings(
      String base,
      @Nullable String prediction,
      DistillationConfig objective,
      @Nullable Integer rank,
      @Nullable Double alpha,
      @Nullable Full full,
      SamplePicture.Settings samples) {
    public Settings {
      if ((rank == null) == (full == null) || (rank == null) != (alpha == null)) {
        throw new RecipeException(
            "settings needs either rank and alpha, for a LoRA, or full, for a whole network");
      }
      if (rank != null && alpha != null && (rank < 1 || !(alpha > 0))) {
        throw new RecipeException(
            "settings.rank must be at least 1 and settings.alpha above 0 but were "
                + rank
                + ", "
                + alpha);
      }
    }
  }

  /**
   * @param timeCondProjDim channels of an embedding of the guidance w = g - 1, which conditions the
   *     student on it; 0 for none
   */
  public record Full(int timeCondProjDim) {
    public Full {
      if (timeCondProjDim < 0 || timeCondProjDim % 2 != 0) {
        throw new RecipeException(
            "settings.full.time_cond_proj_dim must be even and at least 0 but was "
                + timeCondProjDim);
      }
    }
  }

  private final Recipe recipe;
  private final Settings settings;
  private final FrozenComponents parts;
  private final Teacher teacher;
  private final Student student;
  private final Target target;
  private final @Nullable UNetDiscriminator judge;
  private final LatentSource corpus;
  private final Objective objective;
  private final JumpError jumps;
  private final SamplingPlan sampling;

  public DistillTask(Recipe recipe, TrainingEnvironment places) throws IOException {
    this.recipe = recipe;
    settings = Recipes.settings(recipe, Settings.class);
    DistillationConfig how = settings.objective();
    Path base = places.existing(settings.base());
    ModelFolder folder = ModelFolder.open(settings.base(), base).predicting(settings.prediction());
    FrozenComponents.refuseUpscaler(folder);
    folder.notes().forEach(places.notes());
    LoadedModel model = LoadedModel.differentiable(folder, places.device(), notes(places));
    parts = FrozenComponents.of(folder, model);
    teacher = Teacher.of(folder, model);
    // Before the data are encoded: what the teacher's schedule does not fit should cost nothing.
    objective = how.objective(teacher.schedule());
    jumps = new JumpError(how, teacher.schedule());
    sampling = settings.samples().plan(teacher.scheduler(), how.sampler(), how.gamma());
    Student unconditioned = unconditioned(recipe);
    student =
        how.conditionedOnDestination()
            ? SConditionedStudent.fresh(recipe.seed(), unconditioned)
            : unconditioned;
    target = how.averagesTarget() ? Target.ema(student) : Target.itself(student);
    judge =
        how.adversary() == null
            ? null
            : new UNetDiscriminator(recipe.seed(), teacher.unet(), places.device());
    corpus = parts.latents(recipe.data(), places);
  }

  private static Notes notes(TrainingEnvironment places) {
    return new Notes() {
      @Override
      public void note(String message) {
        places.notes().accept(message);
      }
    };
  }

  /** The student without an s-embedding. */
  private Student unconditioned(Recipe recipe) throws IOException {
    DistillationConfig how = settings.objective();
    if (settings.full() != null) {
      return FullStudent.copy(
          teacher,
          parts,
          how.scheduler(),
          new DistilledGuidance(how.guidanceMin(), how.guidanceMax()),
          settings.full().timeCondProjDim());
    }
    if (settings.rank() == null || settings.alpha() == null) {
      throw new IllegalStateException("the settings have neither rank and alpha nor full");
    }
    LoraMetadata card =
        new LoraMetadata(
            how.method(),
            how.sampler(),
            settings.base(),
            settings.rank(),
            settings.alpha(),
            how.gamma(),
            how.steps(),
            Sha256.of(Recipes.toYaml(recipe)));
    return LoraStudent.fresh(recipe.seed(), teacher, card);
  }

  @Override
  public List<ParameterGroup> groups() {
    List<ParameterGroup> groups = new ArrayList<>();
    groups.add(ParameterGroup.of(recipe, Losses.STUDENT, student.parameters()));
    DistillationConfig.Adversary adversary = settings.objective().adversary();
    if (judge != null && adversary != null) {
      groups.add(
          ParameterGroup.constant(
              Losses.DISCRIMINATOR,
              judge.parameters(),
              adversary.rate(),
              "settings.objective.adversary.rate"));
    }
    return groups;
  }

  @Override
  public Map<String, Tensor> memory() {
    return target.memory();
  }

  @Override
  public Corpus corpus() {
    return corpus;
  }

  @Override
  public Losses losses(int[] rows, RandomSource random, long step, long total) {
    Tensor x0 = corpus.latents(rows, random);
    Conditioning own = corpus.conditioning(rows, settings.objective().dropout(), random);
    DistillationNetworks players =
        DistillationNetworks.distil(student.network().with(own), guided(own))
            .withTarget(target.network().with(own))
            .withLastLayer(student.lastLayer());
    if (judge != null) {
      players = players.withDiscriminator(judge.with(own));
    }
    return objective.losses(x0, players, teacher.schedule(), random, step, total);
  }

  /** Adversarial terms, and those of CTM, are balanced by their gradients. */
  @Override
  public boolean takesGradients() {
    return judge != null || settings.objective().method().equals(DistillationMethod.CTM.key());
  }

  @Override
  public Map<String, Double> errors(int[] rows, RandomSource random) {
    Tensor x0 = corpus.latents(rows, random);
    Tensor noise = random.normal(x0.shape()).to(x0.device());
    Conditioning own = corpus.conditioning(rows, 0, random);
    return jumps.of(student.network().with(own), guided(own), x0, noise);
  }

  private GuidedDenoiser guided(Conditioning own) {
    if (settings.objective().unguided()) {
      return GuidedDenoiser.unguided(teacher.network().with(own));
    }
    Conditioning empty = own.withText(corpus.empty());
    return new Guidance(teacher.network().with(Conditioning.cat(own, empty)));
  }

  @Override
  public void stepped(long step, long total) {
    if (settings.objective().averagesTarget()) {
      target.follow(settings.objective().decay(step, total));
    }
  }

  @Override
  public Map<String, Double> sample(Path png) throws IOException {
    new SamplePicture(settings.samples(), parts, student.network(), sampling).write(png);
    return Map.of();
  }

  @Override
  public void export(Path folder) throws IOException {
    student.write(folder, null);
    Path weights = student.weights(folder);
    new ModelCard(settings.objective(), settings.base(), weights, settings.full() != null)
        .write(folder);
  }
}
