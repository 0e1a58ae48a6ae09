package io.github.tcd4j.training.task;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.tcd4j.diffusion.Prediction;
import io.github.tcd4j.diffusion.objective.DiffusionLoss;
import io.github.tcd4j.diffusion.objective.DistillationNetworks;
import io.github.tcd4j.diffusion.objective.LossWeight;
import io.github.tcd4j.diffusion.objective.Losses;
import io.github.tcd4j.diffusion.sampler.SamplingPlan;
import io.github.tcd4j.diffusion.schedule.NoiseSchedule;
import io.github.tcd4j.models.layers.Checkpoint;
import io.github.tcd4j.models.layers.InitializedWeights;
import io.github.tcd4j.models.layers.Weights;
import io.github.tcd4j.models.unet.Conditioning;
import io.github.tcd4j.models.unet.UNet2DConditionConfig;
import io.github.tcd4j.models.unet.UNet2DConditionModel;
import io.github.tcd4j.tensor.RandomSource;
import io.github.tcd4j.tensor.Tensor;
import io.github.tcd4j.training.ParameterGroup;
import io.github.tcd4j.training.dataset.Corpus;
import io.github.tcd4j.training.dataset.CorpusTask;
import io.github.tcd4j.training.dataset.LatentSource;
import io.github.tcd4j.training.dataset.TrainingEnvironment;
import io.github.tcd4j.training.network.DiffusionNetwork;
import io.github.tcd4j.training.network.FrozenComponents;
import io.github.tcd4j.training.network.PairComponents;
import io.github.tcd4j.training.network.SamplePicture;
import io.github.tcd4j.training.network.Teacher;
import io.github.tcd4j.training.recipe.Recipe;
import io.github.tcd4j.training.recipe.RecipeException;
import io.github.tcd4j.training.recipe.Recipes;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Training of the latent diffusion teacher: predict the noise in noisy latents of a picture, or its
 * velocity, from its caption, which is empty at times so that guidance has something to lead away
 * from.
 */
public final class TeacherTask implements CorpusTask {
  /**
   * @param start folder of a U-Net whose weights to start from; null for fresh ones
   * @param textEncoder folder of the trained text-image pair
   * @param autoencoder folder of the trained autoencoder
   * @param captionDropout share of captions that are replaced by the empty one, in [0, 1)
   * @param prediction what the network predicts, as diffusers' {@code prediction_type}; null for
   *     the noise
   * @param betaEnd diffusers' {@code beta_end}, how noisy the last times are; null for Stable
   *     Diffusion's 0.012, which leaves the mean of a picture to be seen in its noisiest latents.
   *     Where it is given, solvers of the model begin at its last time
   * @param lossWeight how much each time's error counts, see {@link LossWeight#parse}
   * @param samples what the sample picture shows
   * @param model the network, as diffusers' UNet2DConditionModel config.json
   */
  public record Settings(
      @Nullable String start,
      String textEncoder,
      String autoencoder,
      double captionDropout,
      @Nullable String prediction,
      @Nullable Double betaEnd,
      String lossWeight,
      SamplePicture.Settings samples,
      JsonNode model) {
    public Settings {
      if (!(captionDropout >= 0 && captionDropout < 1)) {
        throw new RecipeException(
            "settings.caption_dropout must be in [0, 1) but was " + captionDropout);
      }
      if (betaEnd != null && !(betaEnd > 0.00085 && betaEnd < 1)) {
        throw new RecipeException(
            "settings.beta_end must be in (0.00085, 1), above the first beta, but was " + betaEnd);
      }
      LossWeight.parse(lossWeight);
      kind(prediction);
    }

    Prediction.Kind kind() {
      return kind(prediction);
    }

    private static Prediction.Kind kind(@Nullable String prediction) {
      return prediction == null ? Prediction.Kind.EPSILON : Prediction.Kind.parse(prediction);
    }
  }

  private final Recipe recipe;
  private final Settings settings;
  private final FrozenComponents parts;
  private final Map<String, Tensor> parameters;
  private final UNet2DConditionModel unet;
  private final LatentSource corpus;
  private final NoiseSchedule schedule;
  private final DiffusionLoss loss;
  private final SamplingPlan sampling;

  public TeacherTask(Recipe recipe, TrainingEnvironment places) throws IOException {
    this.recipe = recipe;
    settings = Recipes.settings(recipe, Settings.class);
    parts =
        PairComponents.load(
            places.existing(settings.textEncoder()),
            places.existing(settings.autoencoder()),
            places.device());
    UNet2DConditionConfig config = UNet2DConditionConfig.of(settings.model());
    if (settings.start() == null) {
      InitializedWeights fresh = new InitializedWeights(recipe.seed(), places.device());
      unet = UNet2DConditionModel.of(Weights.of(fresh), config);
      parameters = fresh.parameters();
    } else {
      Checkpoint saved =
          PairComponents.trainable(places.existing(settings.start()), places.device());
      unet = UNet2DConditionModel.of(Weights.of(saved), config);
      if (!saved.unread().isEmpty()) {
        throw new RecipeException(
            settings.start()
                + " holds weights that settings.model has no place for: "
                + saved.unread());
      }
      parameters = saved.parameters();
    }
    sampling = settings.samples().plan(scheduler(), PairComponents.SAMPLER, null);
    corpus = parts.latents(recipe.data(), places);
    schedule = Teacher.config(scheduler()).schedule();
    loss = new DiffusionLoss(LossWeight.parse(settings.lossWeight()));
  }

  @Override
  public List<ParameterGroup> groups() {
    return List.of(ParameterGroup.of(recipe, Losses.STUDENT, parameters));
  }

  @Override
  public Corpus corpus() {
    return corpus;
  }

  @Override
  public Losses losses(int[] rows, RandomSource random, long step, long total) {
    Tensor x0 = corpus.latents(rows, random);
    Conditioning captions = corpus.conditioning(rows, settings.captionDropout(), random);
    DistillationNetworks players = DistillationNetworks.alone(network().with(captions));
    return loss.losses(x0, players, schedule, random, step, total);
  }

  private DiffusionNetwork network() {
    return DiffusionNetwork.plain(unet, settings.kind());
  }

  private ObjectNode scheduler() {
    ObjectNode scheduler = PairComponents.scheduler(settings.kind());
    if (settings.betaEnd() == null) {
      return scheduler;
    }
    // By leading, few steps would begin at times where a picture is seen, with noise that has none.
    return scheduler.put("beta_end", settings.betaEnd()).put("timestep_spacing", "trailing");
  }

  @Override
  public Map<String, Double> sample(Path png) throws IOException {
    new SamplePicture(settings.samples(), parts, network(), sampling).write(png);
    return Map.of();
  }

  /** Writes the whole model folder, float16, as diffusers reads it. */
  @Override
  public void export(Path folder) throws IOException {
    parts.writeModel(folder, unet.config().toJson(), parameters, scheduler(), Map.of());
  }
}
