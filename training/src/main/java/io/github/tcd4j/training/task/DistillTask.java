package io.github.tcd4j.training.task;

import io.github.tcd4j.diffusion.Guidance;
import io.github.tcd4j.diffusion.NoiseSchedule;
import io.github.tcd4j.diffusion.Prediction;
import io.github.tcd4j.diffusion.objective.Losses;
import io.github.tcd4j.diffusion.objective.Objective;
import io.github.tcd4j.diffusion.objective.Players;
import io.github.tcd4j.models.layers.Adapters;
import io.github.tcd4j.models.layers.Checkpoint;
import io.github.tcd4j.models.layers.LayerShape;
import io.github.tcd4j.models.layers.Weights;
import io.github.tcd4j.models.lora.LoraAdapter;
import io.github.tcd4j.models.lora.LoraConfig;
import io.github.tcd4j.models.lora.LoraMetadata;
import io.github.tcd4j.models.lora.LoraStyle;
import io.github.tcd4j.models.lora.LoraWriter;
import io.github.tcd4j.models.unet.Conditioning;
import io.github.tcd4j.models.unet.UNet2DConditionConfig;
import io.github.tcd4j.models.unet.UNet2DConditionModel;
import io.github.tcd4j.pipeline.Sha256;
import io.github.tcd4j.pipeline.UNetDenoiser;
import io.github.tcd4j.tensor.DType;
import io.github.tcd4j.tensor.RandomSource;
import io.github.tcd4j.tensor.Tensor;
import io.github.tcd4j.training.Task;
import io.github.tcd4j.training.recipe.Recipe;
import io.github.tcd4j.training.recipe.RecipeException;
import io.github.tcd4j.training.recipe.Recipes;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/**
 * Distillation of a teacher into a LoRA beside the teacher's own weights: the student is the
 * network with the adapter, the teacher the same network without, the target the student with its
 * gradient stopped.
 */
public final class DistillTask implements Task {
  /**
   * @param base model folder of the teacher
   * @param objective what is distilled, and with which range of guidance
   * @param rank of the LoRA
   * @param alpha of the LoRA; its scale is alpha / rank
   * @param samples what the sample picture shows
   */
  public record Settings(
      String base, Distillation objective, int rank, double alpha, SamplePicture.Settings samples) {
    public Settings {
      if (rank < 1 || !(alpha > 0)) {
        throw new RecipeException(
            "settings.rank must be at least 1 and settings.alpha above 0 but were "
                + rank
                + ", "
                + alpha);
      }
    }
  }

  private final Recipe recipe;
  private final Settings settings;
  private final Parts parts;
  private final UNet2DConditionModel unet;
  private final LoraAdapter student;
  private final LatentCorpus corpus;
  private final NoiseSchedule schedule;
  private final Objective objective;

  public DistillTask(Recipe recipe, Places places) throws IOException {
    this.recipe = recipe;
    settings = Recipes.settings(recipe, Settings.class);
    Path base = places.existing(settings.base());
    parts = Parts.ofModel(base);
    Path folder = base.resolve("unet");
    Checkpoint checkpoint =
        Parts.checkpoint(folder.resolve("diffusion_pytorch_model.safetensors"), null);
    unet =
        UNet2DConditionModel.of(
            Weights.of(checkpoint), UNet2DConditionConfig.read(folder.resolve("config.json")));
    LoraConfig lora = new LoraConfig(settings.rank(), settings.alpha(), LoraConfig.USUAL_TARGETS);
    List<LayerShape> layers = LayerShape.of(checkpoint.parameters());
    student = LoraAdapter.fresh(recipe.seed(), lora, layers);
    corpus = parts.encode(recipe.data(), places);
    schedule = Parts.schedule();
    objective = settings.objective().objective();
  }

  @Override
  public Map<String, Tensor> parameters() {
    return student.parameters();
  }

  @Override
  public int size() {
    return corpus.size();
  }

  @Override
  public Map<String, Tensor> losses(int[] rows, RandomSource random, long step, long total) {
    Tensor x0 = corpus.latents(rows, random);
    Conditioning own = Conditioning.text(corpus.tokens(rows, 0, random));
    Conditioning empty = Conditioning.text(corpus.empty().expand(own.tokens().shape()));
    Players players =
        Players.distil(
            denoiser(own, student),
            new Guidance(denoiser(Conditioning.cat(own, empty), Adapters.NONE)));
    Losses losses = objective.losses(x0, players, schedule, random, step, total);
    return Map.of("loss", losses.of(Losses.STUDENT));
  }

  private UNetDenoiser denoiser(Conditioning conditioning, Adapters adapters) {
    return new UNetDenoiser(unet, conditioning, adapters, Prediction.Kind.EPSILON);
  }

  @Override
  public Map<String, Double> sample(Path png) throws IOException {
    new SamplePicture(settings.samples(), parts, unet, student).write(png);
    return Map.of();
  }

  /** Writes {@code METHOD.safetensors}, a LoRA that says in its metadata how to paint with it. */
  @Override
  public void export(Path folder) throws IOException {
    Distillation how = settings.objective();
    LoraMetadata metadata =
        new LoraMetadata(
            how.method(),
            how.sampler(),
            settings.base(),
            settings.rank(),
            settings.alpha(),
            how.gamma(),
            how.steps(),
            Sha256.of(Recipes.toYaml(recipe)));
    Files.createDirectories(folder);
    LoraWriter.write(
        folder.resolve(how.method() + ".safetensors"),
        student,
        LoraStyle.KOHYA,
        DType.F16,
        metadata);
  }
}
